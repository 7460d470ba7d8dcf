import { expect } from 'vitest'
import type { Window } from '../../src/lib/model/window.ts'
import type { BinanceSimulator } from '../../src/sim/binance/index.ts'
import { type SimulatorOptions, startSimulator, type VenueSimulator } from '../../src/sim/index.ts'
import { type CliResult, type Environment, type RunningCli, runCli, startCli } from './cli.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { hashOf, storedCandles, wireCandles } from './recorded.ts'

/** A simulated venue, a database of its own, and the command line between them. */
export interface World extends AsyncDisposable {
  readonly simulator: VenueSimulator
  readonly database: TestDatabase
  readonly environment: Environment
  run(args: readonly string[], env?: Environment): Promise<CliResult>
  start(args: readonly string[], env?: Environment): RunningCli
}

export async function createWorld(options: SimulatorOptions = {}): Promise<World> {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await createTestDatabase())
  const simulator = stack.use(await startSimulator({ recordsRequests: true, ...options }))
  const environment = {
    DATABASE_URL: database.url,
    PERPCTL_BINANCE_REST_URL: simulator.restUrl,
    PERPCTL_BINANCE_WS_URL: simulator.wsUrl,
    PERPCTL_BINANCE_ARCHIVE_URL: simulator.archiveUrl,
    PERPCTL_BINANCE_ARCHIVE_LIST_URL: simulator.archiveUrl,
    PERPCTL_COINALYZE_URL: simulator.coinalyzeUrl,
    COINALYZE_KEY: 'test-key',
  }
  const resources = stack.move()
  return {
    simulator,
    database,
    environment,
    run: (args, env = {}) => runCli(args, { ...environment, ...env }),
    start: (args, env = {}) => startCli(args, { ...environment, ...env }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

export interface AskedWindow {
  readonly symbol: string
  readonly from: number
  readonly to: number
  readonly limit: number
}

/** The klines windows that the venue was asked for since request `since`; seeks for a first row are left out. */
export function askedCandles(simulator: BinanceSimulator, since = 0): AskedWindow[] {
  return simulator
    .stats()
    .recorded.slice(since)
    .filter(({ path }) => path === '/fapi/v1/klines')
    .map(({ query }) => ({
      symbol: query.symbol ?? '',
      from: Number(query.startTime),
      to: Number(query.endTime) + 1,
      limit: Number(query.limit),
    }))
    .filter(({ from, to, limit }) => Math.ceil((to - from) / 60_000) <= limit)
}

/** The table holds exactly the candles that the venue has in the window, to the digit, and nothing else. */
export async function expectTruth(world: World, symbols: readonly string[], window: Window): Promise<void> {
  const expected = symbols.flatMap((symbol) =>
    wireCandles(symbol, world.simulator.truth.candles(symbol, window)),
  )
  expect(expected).toHaveLength((symbols.length * (window.to - window.from)) / 60_000)
  expect(hashOf(await storedCandles(world.database.sql))).toBe(hashOf(expected.toSorted()))
}
