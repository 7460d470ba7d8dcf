import { describe, expect, it, vi } from 'vitest'
import { DAY, HOUR, MINUTE, type Window } from '../../src/lib/model/window.ts'
import type { FuturesDataOptions } from '../../src/sim/binance/index.ts'
import { argsOf, askedOf, expectCase } from '../helpers/case-run.ts'
import { type BackfillCase, CASE_SYMBOL, CASE_TIME, CASES } from '../helpers/cases.ts'
import { storedCoverage } from '../helpers/coverage-rows.ts'
import { createWorld, type World } from '../helpers/world.ts'

const STEP = 5 * MINUTE
const [, SNAPSHOTS] = CASES as readonly [BackfillCase, BackfillCase]
/** Three minutes after a snapshot, and the clock stands still. */
const NOON = Date.UTC(2026, 1, 10, 12)
const STILL = { startAt: NOON + 3 * MINUTE, rate: 0 }
const ALL = ['backfill', 'oi-lsr', '--symbols', CASE_SYMBOL, '--json']

const worldWith = (futuresData: FuturesDataOptions): Promise<World> =>
  createWorld({ clock: { startAt: CASE_TIME, rate: 0 }, futuresData })

describe.concurrent('backfill oi-lsr', () => {
  it('of more than the venue keeps stores all that it keeps, and tells what has expired', async () => {
    await using world = await createWorld({ clock: STILL })
    const { code, stdout } = await world.run([...ALL, '--since', '35d'])
    expect(code).toBe(0)
    // A request is under way for a while: the first step that is safely kept.
    const window = { from: NOON - 30 * DAY + STEP, to: NOON + STEP }
    const expired = (window.from - (NOON - 35 * DAY)) / MINUTE
    expect(JSON.parse(stdout)).toMatchObject({ failed: [], missingMinutes: 0, expiredMinutes: 2 * expired })
    await expectCase(world, SNAPSHOTS, { window })
  })

  it('reads timestamps that come as text', async () => {
    await using world = await worldWith({ timestamps: 'string' })
    expect((await world.run(argsOf(SNAPSHOTS))).code).toBe(0)
    await expectCase(world, SNAPSHOTS)
  })

  it('stores a snapshot that one ratio lacks with nulls, after asking twice', async () => {
    const window = holeIn(SNAPSHOTS.window)
    const endpoint = 'topLongShortPositionRatio'
    await using world = await worldWith({ holesOf: [{ endpoint, symbol: CASE_SYMBOL, window }] })
    expect((await world.run(argsOf(SNAPSHOTS))).code).toBe(0)
    await expectCase(world, SNAPSHOTS)
    const [row] = await world.database.sql`
      select count(*)::int as rows, count(top_position_ratio)::int as positions, count(global_account_ratio)::int as accounts
      from long_short_ratio where ts >= ${new Date(window.from)} and ts < ${new Date(window.to)}`
    expect(row).toEqual({ rows: 15, positions: 0, accounts: 15 })
    expect(timesAsked(world, endpoint, window)).toBe(2)
    expect(timesAsked(world, 'openInterestHist', window)).toBe(1)
  })

  it('knows a snapshot that the venue never took as absent, and does not ask again', async () => {
    const window = holeIn(SNAPSHOTS.window)
    await using world = await worldWith({ holes: { [CASE_SYMBOL]: [window] } })
    const first = await world.run(argsOf(SNAPSHOTS))
    expect(first.code).toBe(0)
    expect(JSON.parse(first.stdout)).toMatchObject({ absentMinutes: 30, missingMinutes: 0 })
    const known = { symbol: CASE_SYMBOL, covered: [SNAPSHOTS.window], absent: [window] }
    expect(await storedCoverage(world.database.sql, SNAPSHOTS.datasets)).toEqual(
      SNAPSHOTS.datasets.map((dataset) => ({ ...known, dataset })),
    )
    const stored = await SNAPSHOTS.stored(world.database.sql)
    expect(stored).toEqual([...SNAPSHOTS.expected(world, CASE_SYMBOL, SNAPSHOTS.window)].toSorted())
    const asked = askedOf(world, SNAPSHOTS).length
    expect(JSON.parse((await world.run(argsOf(SNAPSHOTS))).stdout)).toMatchObject({ requests: 0 })
    expect(askedOf(world, SNAPSHOTS)).toHaveLength(asked)
  })

  it('leaves a snapshot that is not out yet to a later run, without waiting for it', async () => {
    await using world = await createWorld({
      clock: { startAt: NOON + MINUTE, rate: 0 },
      futuresData: { publicationLagMs: 150_000 },
    })
    const from = NOON - 6 * HOUR
    const args = [...ALL, '--since', new Date(from).toISOString()]
    const first = await world.run(args)
    expect(first.code).toBe(0)
    expect(JSON.parse(first.stdout)).toMatchObject({ failed: [], missingMinutes: 0 })
    await expectCase(world, SNAPSHOTS, { window: { from, to: NOON } })
    world.simulator.advance(STEP)
    expect((await world.run(args)).code).toBe(0)
    await expectCase(world, SNAPSHOTS, { window: { from, to: NOON + STEP } })
  })

  it('asks for what expires first, of all symbols, before anything newer', async () => {
    await using world = await createWorld({ clock: { startAt: CASE_TIME } })
    const window = { from: SNAPSHOTS.window.to - 8 * DAY, to: SNAPSHOTS.window.to }
    const symbols = [CASE_SYMBOL, 'ETHUSDT']
    const args = argsOf(SNAPSHOTS, { window, symbols })
    expect((await world.run([...args, '--concurrency', '1'])).code).toBe(0)
    await expectCase(world, SNAPSHOTS, { window, symbols })
    const asked = askedOf(world, SNAPSHOTS).filter(({ endpoint }) => endpoint === 'openInterestHist')
    expect(asked).toHaveLength(10)
    const times = asked.map(({ from }) => from)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(new Set(asked.slice(0, 2).map(({ symbol }) => symbol))).toEqual(new Set(symbols))
  })

  it('takes windows that expire while they wait as expired, and stores the rest', async () => {
    const slow = { path: 'openInterestHist', kind: 'slow', ms: 50, count: 1 } as const
    await using world = await createWorld({ clock: STILL, faults: [slow] })
    const symbols = [CASE_SYMBOL, 'ETHUSDT']
    const args = ['backfill', 'oi-lsr', '--symbols', symbols.join(','), '--since', '30d', '--json']
    const { done } = world.start([...args, '--concurrency', '1'])
    await vi.waitUntil(() => askedOf(world, SNAPSHOTS).length > 0, { interval: 1, timeout: 120_000 })
    world.simulator.advance(HOUR / 2)
    const { code, stdout } = await done
    expect(code).toBe(0)
    const { failed, missingMinutes, expiredMinutes } = JSON.parse(stdout)
    expect({ failed, missingMinutes }).toEqual({ failed: [], missingMinutes: 0 })
    const known = await storedCoverage(world.database.sql, SNAPSHOTS.datasets)
    const oldest = NOON - 30 * DAY + STEP
    const starts = known.map(({ covered }) => covered[0]?.from ?? 0)
    expect(known.map(({ covered }) => covered)).toEqual(
      starts.map((from) => [{ from, to: NOON + HOUR / 2 + STEP }]),
    )
    const late = starts.filter((from) => from > oldest)
    expect(late.length).toBeGreaterThan(0)
    // Of each job at least what has expired, and little more.
    for (const from of late) expect(from).toBeGreaterThan(oldest + HOUR / 2 - STEP)
    for (const from of starts) expect(from).toBeLessThanOrEqual(oldest + 2 * HOUR)
    expect(expiredMinutes).toBeGreaterThan(0)
    const lines = known.flatMap(({ symbol, dataset, covered }) =>
      covered.flatMap((window) =>
        SNAPSHOTS.expected(world, symbol, window).filter((line) => line.startsWith(`${dataset},`)),
      ),
    )
    expect(await SNAPSHOTS.stored(world.database.sql)).toEqual(lines.toSorted())
  })

  it('never takes an answer without anything for coverage', async () => {
    const holes: Window[] = [{ from: 0, to: Number.POSITIVE_INFINITY }]
    await using world = await worldWith({ holes: { [CASE_SYMBOL]: holes } })
    const empty = await world.run(argsOf(SNAPSHOTS))
    expect(empty.code).toBe(3)
    expect(JSON.parse(empty.stdout)).toMatchObject({
      missingMinutes: 2 * 2_880,
      failed: [
        { dataset: 'oi', symbol: CASE_SYMBOL },
        { dataset: 'lsr', symbol: CASE_SYMBOL },
      ],
    })
    expect(await storedCoverage(world.database.sql, SNAPSHOTS.datasets)).toEqual([])
    holes.pop()
    expect((await world.run(argsOf(SNAPSHOTS))).code).toBe(0)
    await expectCase(world, SNAPSHOTS)
  })
})

/** Three snapshots in the middle. */
const holeIn = ({ from }: Window): Window => ({ from: from + 10 * HOUR, to: from + 10 * HOUR + 3 * STEP })

const timesAsked = (world: World, endpoint: string, { from, to }: Window): number =>
  askedOf(world, SNAPSHOTS).filter(
    (asked) => asked.endpoint === endpoint && asked.from <= from && asked.to >= to,
  ).length
