import { RSI } from 'trading-signals'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { floorTo, MINUTE } from '../../src/lib/model/window.ts'
import { hashOf, hasRecorded, RECORDED, recordedCandles, storedCandles } from '../helpers/recorded.ts'
import { storedFlows } from '../helpers/taker-rows.ts'
import { createWorld, type World } from '../helpers/world.ts'

const SYMBOL = 'AVAXUSDT'
const SINCE = Date.UTC(2026, 1, 9)
const UNTIL = Date.UTC(2026, 2, 1)
const STEP = 5 * MINUTE
/** Soon after the end: the venue still keeps all of it. */
const NOW = UNTIL + 30 * MINUTE
const CANDLES = (UNTIL - SINCE) / MINUTE

/** The recorded candles of the twenty days: `symbol,ms,open,high,low,close,volume,quote,trades,taker buy,taker quote`. */
const recorded = (): string[] => recordedCandles(SYMBOL).filter((line) => Number(line.split(',')[1]) >= SINCE)

/** In whole units of the eighth decimal. */
function toUnits(text = ''): bigint {
  const [whole = '', decimals = ''] = text.split('.')
  return BigInt(whole + decimals.padEnd(8, '0'))
}
const toText = (units: bigint): string => {
  const digits = units.toString().padStart(9, '0')
  return `${digits.slice(0, -8)}.${digits.slice(-8)}`.replace(/\.?0+$/, '')
}

/** What the recorded candles themselves tell, by five minutes, as `storedFlows` has it. */
function recordedFlows(): string[] {
  const sums = new Map<number, { buys: bigint; sells: bigint; minutes: number }>()
  for (const line of recorded()) {
    const [, ts, , , , , volume, , , takerBuy] = line.split(',')
    const start = floorTo(Number(ts), STEP)
    const { buys, sells, minutes } = sums.get(start) ?? { buys: 0n, sells: 0n, minutes: 0 }
    const buy = toUnits(takerBuy)
    sums.set(start, { buys: buys + buy, sells: sells + toUnits(volume) - buy, minutes: minutes + 1 })
  }
  return [...sums]
    .map(([start, { buys, sells, minutes }]) =>
      [SYMBOL, start, toText(buys), toText(sells), 'weighted', start, minutes].join(','),
    )
    .toSorted()
}

const argsOf = (command: string, until = UNTIL): string[] => [
  'backfill',
  command,
  '--symbols',
  SYMBOL,
  '--since',
  new Date(SINCE).toISOString(),
  '--until',
  new Date(until).toISOString(),
  '--json',
]

async function openWorld(): Promise<World> {
  const world = await createWorld({ dataFolder: RECORDED, clock: { startAt: NOW } })
  await expectDone(world, argsOf('ohlcv'), CANDLES)
  return world
}

/** It completes and inserts at least so many rows: funding rates come beside the candles. */
async function expectDone(world: World, args: readonly string[], least: number): Promise<void> {
  const { code, stdout, stderr } = await world.run(args)
  expect(stderr).not.toContain('rror')
  expect(code).toBe(0)
  const told = JSON.parse(stdout)
  expect(told).toMatchObject({ status: 'Completed', errors: 0, failed: [], missingMinutes: 0 })
  expect(told.rowsInserted).toBeGreaterThanOrEqual(least)
}

/** All that is made of candles, doubles to the last bit. */
async function storedDerived({ database: { sql } }: World): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    select concat_ws(',', 'rsi', symbol, period, (extract(epoch from ts) * 1000)::bigint, rsi, avg_gain, avg_loss) as line
    from rsi
    union all
    select concat_ws(',', 'mt', (extract(epoch from ts) * 1000)::bigint, close, members) from mt_index
    union all
    select concat_ws(',', 'tv', symbol, (extract(epoch from ts) * 1000)::bigint, buy_volume, sell_volume, method,
      (extract(epoch from sampled_at) * 1000)::bigint) from taker_volume`
  return rows.map(({ line }) => line).toSorted()
}

describe.runIf(hasRecorded)('twenty real days (skipped without the recorded data)', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
    await expectDone(world, argsOf('rsi-tv'), 4 * CANDLES - 28)
  })
  afterAll(() => world?.[Symbol.asyncDispose]())

  it('are the recorded candles', async () => {
    expect(hashOf(await storedCandles(world.database.sql))).toBe(hashOf(recorded()))
  })

  it("have weighted taker volume that adds up to the candles' own split, to the digit", async () => {
    const expected = recordedFlows()
    expect(expected).toHaveLength(CANDLES / 5)
    const stored = await storedFlows(world.database.sql)
    expect(stored).toHaveLength(expected.length)
    expect(hashOf(stored)).toBe(hashOf(expected))
  })

  it('spread each five minutes by volume: no minute has more than it traded, but for one unit', async () => {
    const strays = await world.database.sql`
      select ts from taker_volume join ohlcv using (venue, symbol, ts)
      where abs(buy_volume + sell_volume - volume) > 0.00000002 or (volume = 0 and buy_volume + sell_volume > 0)`
    expect(strays).toEqual([])
  })

  it('have the RSI that trading-signals has of the same closes', async () => {
    const rows = await world.database.sql<{ ts: Date; rsi: number; flat: boolean }[]>`
      select ts, rsi, avg_gain + avg_loss = 0 as flat from rsi where symbol = ${SYMBOL} and period = 14`
    const stored = new Map(rows.map(({ ts, ...row }) => [ts.getTime(), row]))
    const theirs = new RSI(14)
    let [points, distance] = [0, 0]
    for (const line of recorded()) {
      const [, ts, , , , close] = line.split(',')
      const expected = theirs.add(Number(close))
      const own = stored.get(Number(ts))
      expect(own === undefined).toBe(expected === null)
      // The package calls a window without a change 100, on purpose not our answer.
      if (!own || expected === null || own.flat) continue
      points += 1
      distance = Math.max(distance, Math.abs(own.rsi - expected))
    }
    expect(stored.size).toBe(CANDLES - 14)
    expect(points).toBeGreaterThan(CANDLES * 0.99)
    expect(distance).toBeLessThan(1e-9)
  })

  it('come to the same to the last bit in three runs, each up to a later time', async () => {
    await using other = await openWorld()
    for (const minutes of [1_007, 15_000, CANDLES])
      await expectDone(other, argsOf('rsi-tv', SINCE + minutes * MINUTE), 1)
    const [once, thrice] = [await storedDerived(world), await storedDerived(other)]
    expect(once).toHaveLength(4 * CANDLES - 28)
    expect(thrice).toHaveLength(once.length)
    expect(hashOf(thrice)).toBe(hashOf(once))
  })
})
