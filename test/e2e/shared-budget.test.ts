import { describe, expect, it, vi } from 'vitest'
import { toMultirange } from '../../src/db/multirange.ts'
import { DAY, HOUR, MINUTE, type Window } from '../../src/lib/model/window.ts'
import type { RunningCli } from '../helpers/cli.ts'
import { hashOf, storedCandles, trueCandles } from '../helpers/recorded.ts'
import { Wire } from '../helpers/wire.ts'
import { createWorld, type World } from '../helpers/world.ts'

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'LTCUSDT'] as const
const SINCE = Date.UTC(2025, 4, 1)
const CLOCK = { startAt: Date.UTC(2026, 1, 10, 0, 0, 30) }
/** In any sixty seconds, which is stricter than the venue's calendar minutes. */
const VENUE = { clock: CLOCK, window: 'rolling' } as const
const iso = (ts: number): string => new Date(ts).toISOString()

/** `count` windows of `length` minutes, one each `stepMs`. */
const comb = (count: number, stepMs: number, length: number): Window[] =>
  Array.from({ length: count }, (_, at) => ({
    from: SINCE + at * stepMs,
    to: SINCE + at * stepMs + length * MINUTE,
  }))

/** Of all three symbols everything is covered but these windows: each of them is one request. */
async function leaveOut(world: World, dataset: string, window: Window, gaps: readonly Window[]) {
  for (const symbol of SYMBOLS) {
    await world.database.sql`
      insert into coverage (venue, symbol, dataset, covered)
      values ('binance', ${symbol}, ${dataset}, ${toMultirange([window])}::tstzmultirange
        - ${toMultirange(gaps)}::tstzmultirange)`
  }
}

function startAll(world: World, window: Window, databaseUrl = world.database.url): RunningCli[] {
  return SYMBOLS.map((symbol) =>
    world.start(
      [
        'backfill',
        'ohlcv',
        '--symbols',
        symbol,
        '--since',
        iso(window.from),
        '--until',
        iso(window.to),
        '--json',
      ],
      { DATABASE_URL: databaseUrl },
    ),
  )
}

const countAsked = ({ simulator }: World, path: string): number[] =>
  SYMBOLS.map(
    (symbol) =>
      simulator.stats().recorded.filter((asked) => asked.path === path && asked.query.symbol === symbol)
        .length,
  )
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

const KLINES = '/fapi/v1/klines'
const FUNDING = '/fapi/v1/fundingRate'
/** Ten candles cost 1: together 3,000 of 2,400 a minute. */
const CANDLE_GAPS = comb(1_000, HOUR, 10)
const CANDLE_WINDOW = { from: SINCE, to: SINCE + 1_000 * HOUR }

async function expectCandles(world: World): Promise<void> {
  const expected = SYMBOLS.flatMap((symbol) =>
    CANDLE_GAPS.flatMap((gap) => trueCandles(world.simulator.truth, symbol, gap)),
  )
  expect(expected).toHaveLength(30_000)
  expect(hashOf(await storedCandles(world.database.sql))).toBe(hashOf(expected.toSorted()))
}

async function createCandleWorld(): Promise<World> {
  const world = await createWorld(VENUE)
  await leaveOut(world, 'ohlcv', CANDLE_WINDOW, CANDLE_GAPS)
  await leaveOut(world, 'funding', CANDLE_WINDOW, [])
  return world
}

const SLOW = { timeout: 900_000 }
const PATIENT = { interval: 20, timeout: 120_000 }

describe.concurrent('three runs on one address', () => {
  it('spend the weight of a minute together: side by side, and never too much', SLOW, async () => {
    await using world = await createCandleWorld()
    const runs = startAll(world, CANDLE_WINDOW)
    await vi.waitUntil(() => sum(countAsked(world, KLINES)) > 2_200, PATIENT)
    // Of what the first minute allows each has had its part; none has all that it wants.
    for (const count of countAsked(world, KLINES)) expect(count).toBeGreaterThan(2_200 / 3 / 2)
    const results = await Promise.all(runs.map(({ done }) => done))
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(world.simulator.stats().violations).toEqual({ limited: 0, whileBanned: 0 })
    await expectCandles(world)
    const held = await world.database.sql`select * from budget_holders`
    expect(held).toHaveLength(0)
  })

  it('share the requests for funding, of which no header tells, and stop in the middle', SLOW, async () => {
    // Slow enough that it does not matter which of them starts a moment earlier.
    const faults = [{ path: 'fundingRate', kind: 'slow', ms: 30 }] as const
    await using world = await createWorld({ ...VENUE, faults })
    // Three settlements a day, one of them left out: together 750 of 500 requests in five minutes.
    const window = { from: SINCE, to: SINCE + 250 * DAY }
    await leaveOut(world, 'ohlcv', window, [])
    await leaveOut(world, 'funding', window, comb(250, DAY, 60))
    const runs = startAll(world, window)
    await vi.waitUntil(() => sum(countAsked(world, FUNDING)) > 470, PATIENT)
    for (const count of countAsked(world, FUNDING)) expect(count).toBeGreaterThan(470 / 3 / 2)
    const stoppedAt = performance.now()
    for (const { child } of runs) child.kill('SIGINT')
    const results = await Promise.all(runs.map(({ done }) => done))
    // Five seconds where the machine does nothing else; the window of their budget is minutes.
    expect(performance.now() - stoppedAt).toBeLessThan(60_000)
    expect(results.map(({ code }) => code)).toEqual([130, 130, 130])
    expect(world.simulator.stats().violations).toEqual({ limited: 0, whileBanned: 0 })
    for (const symbol of SYMBOLS) await expectFunding(world, symbol, window)
  })

  it('go on while the database is silent, and still never spend too much', SLOW, async () => {
    await using world = await createCandleWorld()
    await using wire = new Wire()
    await wire.open(world.database.url)
    const runs = startAll(world, CANDLE_WINDOW, wire.url)
    // All are at work: who has not begun by then has to wait for the database.
    await vi.waitUntil(() => {
      const asked = countAsked(world, KLINES)
      return sum(asked) > 600 && Math.min(...asked) > 20
    }, PATIENT)
    wire.isSilent = true
    // Who began earlier may be at the end sooner.
    const wanted = countAsked(world, KLINES).map((count) => Math.min(CANDLE_GAPS.length, count + 40))
    await vi.waitUntil(() => countAsked(world, KLINES).every((count, at) => count >= (wanted[at] ?? 0)), {
      ...PATIENT,
      timeout: 400_000,
    })
    wire.cut()
    wire.isSilent = false
    const results = await Promise.all(runs.map(({ done }) => done))
    expect(results.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ])
    expect(world.simulator.stats().violations).toEqual({ limited: 0, whileBanned: 0 })
    await expectCandles(world)
  })
})

/** Every settlement that was fetched is there as sent, and nothing that was not. */
async function expectFunding(world: World, symbol: string, window: Window): Promise<void> {
  const stored = await world.database.sql<{ venue: string; rate: string }[]>`
    select (extract(epoch from venue_ts) * 1000)::bigint as venue, rate from funding_rates
    where symbol = ${symbol} order by venue_ts`
  const truth = new Map(
    world.simulator.truth.funding(symbol, window).map((row) => [String(row.fundingTime), row.fundingRate]),
  )
  expect(stored.length).toBeGreaterThan(0)
  expect(stored.map(({ venue, rate }) => [venue, rate])).toEqual(
    stored.map(({ venue }) => [venue, truth.get(venue)]),
  )
}
