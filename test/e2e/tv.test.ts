import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, type Window } from '../../src/lib/model/window.ts'
import type { SimulatorOptions } from '../../src/sim/index.ts'
import { argsOf, countAsked, expectCase, prepareCase, scopeArgs } from '../helpers/case-run.ts'
import { type BackfillCase, CASE_SYMBOL, CASE_TIME, CASES } from '../helpers/cases.ts'
import type { CliResult } from '../helpers/cli.ts'
import { storedCoverage } from '../helpers/coverage-rows.ts'
import { createWorld, type World } from '../helpers/world.ts'

const TAKER = CASES.at(-1) as BackfillCase
const DAY_ONE = { from: TAKER.window.from, to: TAKER.window.from + DAY }
const STEP = 5 * MINUTE

const openWorld = (options: SimulatorOptions = {}): Promise<World> =>
  createWorld({ clock: { startAt: CASE_TIME, rate: 0 }, ...options })

const fetchCandles = async (world: World, window: Window, ...more: readonly string[]): Promise<void> => {
  const { code } = await world.run(['backfill', 'ohlcv', ...scopeArgs(window), ...more])
  expect(code).toBe(0)
}

const lacksOf = ({ stdout }: CliResult): unknown[] =>
  (JSON.parse(stdout).failed as { dataset: string }[]).filter(({ dataset }) => dataset === 'tv')

/** All rows, `ms,buy,sell,method,sampled ms`. */
async function storedMinutes({ database: { sql } }: World): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    select concat_ws(',', (extract(epoch from ts) * 1000)::bigint, trim_scale(buy_volume), trim_scale(sell_volume), method,
      (extract(epoch from sampled_at) * 1000)::bigint) as line from taker_volume order by ts`
  return rows.map(({ line }) => line)
}

const withoutSample = (line: string): string => line.slice(0, line.lastIndexOf(','))

/** The candles' own split, in the same form; sizes of the venue have at most three decimals. */
const trueSplits = ({ simulator }: World, window: Window): string[] =>
  simulator.truth.candles(CASE_SYMBOL, window).map((row) => {
    const [volume, buy] = [Number(row[5]), Number(row[9])]
    const sell = Math.round((volume - buy) * 1_000) / 1_000
    return [row[0], buy, sell, 'exact', row[0]].join(',')
  })

describe.concurrent('taker volume', () => {
  it('is the same whichever end of five minutes the venue labels, and the run tells which', async () => {
    const minutes: string[][] = []
    for (const takerLabel of ['start', 'end'] as const) {
      await using world = await openWorld({ futuresData: { takerLabel } })
      await prepareCase(world, TAKER)
      const { code, stderr } = await world.run(argsOf(TAKER))
      expect(code).toBe(0)
      expect(stderr).toContain(`labelled by the ${takerLabel} of its five minutes`)
      await expectCase(world, TAKER)
      minutes.push(await storedMinutes(world))
    }
    const [atStart = [], atEnd = []] = minutes
    expect(atEnd.map(withoutSample)).toEqual(atStart.map(withoutSample))
    expect(atEnd).not.toEqual(atStart)
  })

  it('stays a gap where candles are missing, says what to run, and is made when they are there', async () => {
    await using world = await openWorld()
    const hole = { from: DAY_ONE.from + 10 * HOUR + 2 * MINUTE, to: DAY_ONE.from + 11 * HOUR - 2 * MINUTE }
    await fetchCandles(world, { from: DAY_ONE.from, to: hole.from })
    await fetchCandles(world, { from: hole.to, to: DAY_ONE.to })
    const first = await world.run(argsOf(TAKER, { window: DAY_ONE }))
    expect(first.code).toBe(3)
    expect(lacksOf(first)).toEqual([
      { symbol: CASE_SYMBOL, dataset: 'tv', reason: expect.stringContaining('perpctl backfill ohlcv') },
    ])
    const gap = { from: DAY_ONE.from + 10 * HOUR, to: DAY_ONE.from + 11 * HOUR }
    const parts = [
      { from: DAY_ONE.from, to: gap.from },
      { from: gap.to, to: DAY_ONE.to },
    ]
    const known = await storedCoverage(world.database.sql, ['tv'])
    expect(known.map(({ covered }) => covered)).toEqual([parts])
    const expected = parts.flatMap((window) => TAKER.expected(world, CASE_SYMBOL, window))
    expect(await TAKER.stored(world.database.sql)).toEqual(expected.toSorted())

    await fetchCandles(world, DAY_ONE)
    expect((await world.run(argsOf(TAKER, { window: DAY_ONE }))).code).toBe(0)
    await expectCase(world, TAKER, { window: DAY_ONE })
  })

  it('is not asked for without any candle: the run says what to run before', async () => {
    await using world = await openWorld()
    const { code, stdout, stderr } = await world.run(argsOf(TAKER))
    expect(code).toBe(3)
    expect(lacksOf({ stdout } as CliResult)).toEqual([
      { symbol: CASE_SYMBOL, dataset: 'tv', reason: expect.stringContaining('perpctl backfill ohlcv') },
    ])
    expect(stderr).toContain('perpctl backfill ohlcv')
    expect(countAsked(world, TAKER)).toBe(0)
    expect(await storedCoverage(world.database.sql, ['tv'])).toEqual([])
  })

  it("by --tv-method exact is the candles' own split, in place of what was spread by weight", async () => {
    await using world = await openWorld()
    await fetchCandles(world, TAKER.window)
    expect((await world.run(argsOf(TAKER, { window: DAY_ONE }))).code).toBe(0)
    const asked = countAsked(world, TAKER)
    const args = [...argsOf(TAKER), '--tv-method', 'exact']
    const first = await world.run(args)
    expect(first.code).toBe(0)
    expect(await storedMinutes(world)).toEqual(trueSplits(world, TAKER.window))
    expect(JSON.parse(first.stdout).rowsUpdated).toBe(DAY / MINUTE)
    const covered = { symbol: CASE_SYMBOL, dataset: 'tv', covered: [TAKER.window], absent: [] }
    expect(await storedCoverage(world.database.sql, ['tv'])).toEqual([covered])
    const second = await world.run(args)
    expect(second.code).toBe(0)
    expect(JSON.parse(second.stdout)).toMatchObject({ rowsInserted: 0, rowsUpdated: 0 })
    expect(countAsked(world, TAKER)).toBe(asked)
  })

  it('is spread anew where the venue has corrected a candle', async () => {
    const openTime = DAY_ONE.from + 10 * HOUR
    const corrected = { symbol: CASE_SYMBOL, openTime, at: CASE_TIME + HOUR }
    await using world = await openWorld({ corrections: [{ ...corrected, values: { volume: '777.125' } }] })
    await fetchCandles(world, DAY_ONE)
    const args = argsOf(TAKER, { window: DAY_ONE })
    expect((await world.run(args)).code).toBe(0)
    await expectCase(world, TAKER, { window: DAY_ONE })
    const before = await storedMinutes(world)

    world.simulator.advance(2 * HOUR)
    await fetchCandles(world, DAY_ONE, '--refetch')
    const again = await world.run(args)
    expect(again.code).toBe(0)
    await expectCase(world, TAKER, { window: DAY_ONE })
    const after = await storedMinutes(world)
    const changed = after.filter((line, at) => line !== before[at]).map((line) => Number(line.split(',')[0]))
    expect(changed.length).toBeGreaterThan(1)
    expect(changed.every((ts) => ts >= openTime && ts < openTime + STEP)).toBe(true)
  })

  it('of days without any candle is proven absent, although nothing tells what its labels mean', async () => {
    const hole = { from: DAY_ONE.from, to: DAY_ONE.from + 2 * DAY }
    const window = { from: hole.from - DAY / 2, to: hole.to + DAY / 2 }
    await using world = await openWorld({
      clock: { startAt: window.to + HOUR, rate: 0 },
      permanentHoles: { [CASE_SYMBOL]: [hole] },
      futuresData: { holes: { [CASE_SYMBOL]: [hole] } },
    })
    const codes: unknown[] = []
    for (const command of [
      ['backfill', 'ohlcv'],
      ['backfill', 'rsi-tv'],
    ]) {
      for (const _ of [1, 2]) {
        codes.push((await world.run([...command, ...scopeArgs(window)])).code)
        world.simulator.advance(10 * MINUTE)
      }
    }
    expect(codes).toEqual([3, 0, 3, 0])
    const [job] = await storedCoverage(world.database.sql, ['tv'])
    expect(job).toMatchObject({ covered: [window], absent: [hole] })
  })
})
