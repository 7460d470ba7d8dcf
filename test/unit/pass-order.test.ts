import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { RunEventBus } from '../../src/lib/events.ts'
import type { VenueClient } from '../../src/lib/http/venue-client.ts'
import type { Dataset } from '../../src/lib/model/market.ts'
import { DAY, MINUTE, type Window } from '../../src/lib/model/window.ts'
import { Job } from '../../src/lib/pipeline/job.ts'
import { type PassOptions, runPass } from '../../src/lib/pipeline/pass.ts'
import { PageSizes } from '../../src/lib/plan/page-sizes.ts'
import type { Store } from '../../src/lib/ports.ts'
import { systemClock } from '../../src/lib/time/clock.ts'
import type { ApiRequest } from '../../src/lib/venue/request.ts'
import type { Route } from '../../src/lib/venue/route.ts'
import { createBinance } from '../../src/venues/binance/index.ts'
import { createFakeClient, MemoryStore } from './fakes.ts'

const { oi, lsr } = createBinance({ binanceRestUrl: 'http://127.0.0.1:1' }).routes
if (!oi || !lsr) throw new Error('binance has open interest and ratios')

const STEP = 5 * MINUTE
const PAGE = oi.pageRows * STEP
const NOW = Date.UTC(2026, 1, 20)
const START = NOW - 10 * DAY
const FIELDS = ['sumOpenInterest', 'sumOpenInterestValue', 'longShortRatio', 'longAccount', 'shortAccount']

/** A row for each step that is asked for, with the fields of all statistics. */
function answer({ query }: ApiRequest): unknown {
  const rows: unknown[] = []
  for (let timestamp = Number(query.startTime); timestamp <= Number(query.endTime); timestamp += STEP)
    rows.push({
      symbol: query.symbol,
      timestamp,
      ...Object.fromEntries(FIELDS.map((field) => [field, '1.5'])),
    })
  return rows
}

/** `symbol page`, pages counted from `START`. */
const pageOf = ({ query }: ApiRequest): string =>
  `${query.symbol} ${(Number(query.startTime) - START) / PAGE}`

const jobOf = (source: Route, symbol: string): Job =>
  new Job(source, { symbol, isLive: true, listedSince: null })

interface Scene {
  readonly clientOf: (source: Pick<Route, 'api'>) => VenueClient
  readonly store?: Store
  readonly events?: RunEventBus
  readonly wanted: (job: Job) => Window
}

function optionsOf({ clientOf, store = new MemoryStore(), events = new RunEventBus(), wanted }: Scene) {
  return {
    clientOf,
    store,
    events,
    wanted,
    clock: { now: systemClock.now, sleep: async () => {} },
    signal: new AbortController().signal,
    now: NOW,
    venueNow: () => NOW,
    run: '00000000-0000-4000-8000-000000000001',
    pageSizes: new PageSizes(),
    refiners: {},
    isRefetch: false,
    // One after the other: the order of the requests is that of the tasks.
    concurrency: 1,
  } satisfies PassOptions
}

/** Pages of each symbol: how many lie before, and how many are wanted. */
const PAGES: Readonly<Record<string, readonly [skipped: number, wanted: number]>> = {
  A: [2, 3],
  B: [0, 4],
  C: [1, 2],
}
const wanted = ({ symbol }: Job): Window => {
  const [skipped, count] = PAGES[symbol] ?? [0, 0]
  return { from: START + skipped * PAGE, to: START + (skipped + count) * PAGE }
}

describe('the order of a pass', () => {
  it('is the oldest window first, across jobs, where what is old expires', async () => {
    const { client, asked } = createFakeClient(answer)
    const jobs = ['A', 'B', 'C'].map((symbol) => jobOf(oi, symbol))
    await runPass(jobs, optionsOf({ clientOf: () => client, wanted }))
    expect(asked.map(pageOf)).toEqual(['B 0', 'B 1', 'C 1', 'B 2', 'C 2', 'A 2', 'B 3', 'A 3', 'A 4'])
  })

  it('is one job after the other where everything is kept', async () => {
    const { client, asked } = createFakeClient(answer)
    const { retentionMs: _, ...lasting } = oi
    const jobs = ['A', 'B', 'C'].map((symbol) => jobOf(lasting, symbol))
    await runPass(jobs, optionsOf({ clientOf: () => client, wanted }))
    expect(asked.map(pageOf)).toEqual(['A 2', 'A 3', 'A 4', 'B 0', 'B 1', 'B 2', 'B 3', 'C 1', 'C 2'])
  })

  it('leaves a job that another process holds to the end', async () => {
    const { client, asked } = createFakeClient(answer)
    const store = new MemoryStore()
    let refusals = 2
    const claim = async (_dataset: Dataset, symbol: string): Promise<AsyncDisposable | undefined> => {
      if (symbol !== 'B' || refusals === 0) return { [Symbol.asyncDispose]: async () => {} }
      refusals -= 1
      return undefined
    }
    const jobs = ['A', 'B', 'C'].map((symbol) => jobOf(oi, symbol))
    await runPass(jobs, optionsOf({ clientOf: () => client, store: Object.assign(store, { claim }), wanted }))
    expect(asked.map(pageOf)).toEqual(['C 1', 'C 2', 'A 2', 'A 3', 'A 4', 'B 0', 'B 1', 'B 2', 'B 3'])
  })

  it('is shared by processes that begin together: each takes a job when it comes to it, and none is asked for twice', async () => {
    const store = new MemoryStore()
    const held = new Set<string>()
    const claim = async (_dataset: Dataset, symbol: string): Promise<AsyncDisposable | undefined> => {
      if (held.has(symbol)) return undefined
      held.add(symbol)
      return { [Symbol.asyncDispose]: async () => void held.delete(symbol) }
    }
    const symbols = ['D', 'E', 'F', 'G', 'H', 'I', 'J', 'K']
    const alike = (): Window => ({ from: START, to: START + 4 * PAGE })
    // A pause lets the other one work.
    const clock = { now: systemClock.now, sleep: () => setImmediate() }
    const hosts = [createFakeClient(answer), createFakeClient(answer)]
    const passes = hosts.map(({ client }) =>
      runPass(
        symbols.map((symbol) => jobOf(oi, symbol)),
        {
          ...optionsOf({ clientOf: () => client, store: Object.assign(store, { claim }), wanted: alike }),
          clock,
        },
      ),
    )
    await Promise.all(passes)
    const [one, two] = hosts.map(({ asked }) => asked.map(pageOf))
    const all = symbols.flatMap((symbol) => [0, 1, 2, 3].map((page) => `${symbol} ${page}`))
    expect([...(one ?? []), ...(two ?? [])].toSorted()).toEqual(all)
    expect(Math.min(one?.length ?? 0, two?.length ?? 0)).toBeGreaterThanOrEqual(all.length / 4)
  })
})

describe('jobs of different datasets', () => {
  it('do not wait for each other: one is done while no request of the other comes through', async () => {
    const { promise: budget, resolve: release } = Promise.withResolvers<void>()
    const [slow, quick] = [
      createFakeClient((request) => budget.then(() => answer(request))),
      createFakeClient(answer),
    ]
    const events = new RunEventBus()
    const { promise: ratiosDone, resolve: tellDone } = Promise.withResolvers<void>()
    const done: string[] = []
    events.on('job:done', ({ dataset, symbol }) => {
      done.push(`${dataset} ${symbol}`)
      if (done.length === 2) tellDone()
    })
    const store = new MemoryStore()
    const jobs = [oi, lsr].flatMap((source) => ['A', 'C'].map((symbol) => jobOf(source, symbol)))
    const clientOf = (source: Pick<Route, 'api'>) => (source === oi ? slow : quick).client
    const pass = runPass(jobs, optionsOf({ clientOf, store, events, wanted }))
    await ratiosDone
    expect(done).toEqual(['lsr C', 'lsr A'])
    expect(slow.asked.map(pageOf)).toEqual(['C 1'])
    const covered = async (dataset: Dataset) =>
      [...(await store.coverage(dataset, ['A', 'C']))].map(([symbol, known]) => [symbol, known.covered])
    const everything = jobs.slice(0, 2).map((job) => [job.symbol, [wanted(job)]])
    expect([await covered('lsr'), await covered('oi')]).toEqual([everything, []])
    release()
    await pass
    expect(slow.asked.map(pageOf)).toEqual(['C 1', 'C 2', 'A 2', 'A 3', 'A 4'])
    expect([await covered('lsr'), await covered('oi')]).toEqual([everything, everything])
  })
})
