import { randomUUID } from 'node:crypto'
import { PostgresStore } from '../../src/db/store.ts'
import { PerpctlError } from '../../src/lib/errors.ts'
import { type Failure, RunEventBus } from '../../src/lib/events.ts'
import { VenueSession } from '../../src/lib/http/venue-session.ts'
import type { Dataset } from '../../src/lib/model/market.ts'
import { MINUTE, type Window } from '../../src/lib/model/window.ts'
import { Backfill, type BackfillResult } from '../../src/lib/pipeline/backfill.ts'
import { chooseSymbols } from '../../src/lib/symbols/choose-symbols.ts'
import { type SimulatorOptions, startSimulator, type VenueSimulator } from '../../src/sim/index.ts'
import { createBinance } from '../../src/venues/binance/index.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'
import { type Liar, startLiar } from './liar.ts'

/** What a run came to. */
export interface Ending {
  /** As the command ends: 0, 3, or what the error that ended it says. */
  readonly exit: number
  readonly result: BackfillResult | undefined
  readonly error: unknown
  readonly failures: readonly Failure[]
  readonly requests: number
}

export interface Order {
  readonly symbol: string
  readonly datasets: readonly Dataset[]
  readonly window: Window
  readonly isRefetch?: boolean
  /** The same run as an earlier one of the same name. */
  readonly run?: string
}

/** A simulated venue, somebody who changes its answers, a database, and runs in this process that never wait. */
export interface Scene extends AsyncDisposable {
  readonly simulator: VenueSimulator
  readonly liar: Liar
  readonly database: TestDatabase
  readonly store: PostgresStore
  run(order: Order): Promise<Ending>
}

export async function createScene(options: SimulatorOptions = {}): Promise<Scene> {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await createTestDatabase())
  const simulator = stack.use(await startSimulator({ hasLimits: false, ...options }))
  const liar = stack.use(await startLiar(simulator.restUrl))
  const { signal } = new AbortController()
  const store = stack.use(
    new PostgresStore('binance', { url: database.url, timeoutMs: 60_000, signal, onWait: () => {} }),
  )
  const resources = stack.move()
  return {
    simulator,
    liar,
    database,
    store,
    run: (order) => runOnce({ liar, store, signal }, order),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

async function runOnce(
  { liar, store, signal }: Pick<Scene, 'liar' | 'store'> & { readonly signal: AbortSignal },
  order: Order,
): Promise<Ending> {
  const events = new RunEventBus((name, error) => {
    throw new Error(`a subscriber of ${name} failed`, { cause: error })
  })
  const failures: Failure[] = []
  let requests = 0
  events.on('failure', (failure) => failures.push(failure))
  events.on('page:fetched', (page) => (requests += page.requests))
  const venue = createBinance({ binanceRestUrl: liar.url })
  const clock = { now: () => performance.now(), sleep: async () => {} }
  await using session = new VenueSession({
    venue,
    events,
    clock,
    proxies: [],
    usesDirect: true,
    concurrency: 8,
    requestTimeoutMs: 20_000,
    outageMs: 20_000,
  })
  const finish = (exit: number, result?: BackfillResult, error?: unknown): Ending => ({
    exit,
    result,
    error,
    failures,
    requests,
  })
  try {
    const listing = await session.readListing(signal)
    const now = await session.readTime(signal)
    await store.saveInstruments(listing.instruments, now)
    const { symbol, datasets, window, isRefetch = false, run = randomUUID() } = order
    const result = await new Backfill({
      venue,
      clientOf: (source) => session.clientOf(source),
      store,
      events,
      clock,
      signal,
      run,
      symbols: chooseSymbols([symbol], listing.instruments, venue),
      datasets,
      range: { since: window.from, until: window.to },
      concurrency: 8,
      isRefetch,
      venueNow: () => session.venueTime ?? now,
      readVenueTime: (abort) => session.readTime(abort),
    }).run()
    return finish(result.lacks.length > 0 ? 3 : 0, result)
  } catch (error) {
    return finish(error instanceof PerpctlError ? error.exit : 1, undefined, error)
  }
}

/** The times of the stored rows of a dataset, in minutes from `from`. */
export async function storedTimes(
  { database: { sql } }: Scene,
  table: string,
  { symbol, from }: { readonly symbol: string; readonly from: number },
): Promise<number[]> {
  const rows = await sql<{ ts: number }[]>`
    select (extract(epoch from ts) * 1000)::float8 as ts from ${sql(table)} where symbol = ${symbol} order by 1`
  return rows.map(({ ts }) => (ts - from) / MINUTE)
}
