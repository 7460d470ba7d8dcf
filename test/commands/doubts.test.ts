import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/lib/model/window.ts'
import { scopeArgs } from '../helpers/case-run.ts'
import { storedCoverage } from '../helpers/coverage-rows.ts'
import { createWorld, expectTruth } from '../helpers/world.ts'

const FROM = Date.UTC(2026, 1, 1)
const DAYS = { from: FROM, to: FROM + 2 * DAY }
const LONG = { from: FROM + 8 * HOUR, to: FROM + 32 * HOUR }
const SYMBOL = 'BTCUSDT'
const NO_RUN = '00000000-0000-0000-0000-000000000000'
const iso = (ts: number): string => new Date(ts).toISOString()
const range = ({ from, to }: { from: number; to: number }): string => `[${iso(from)},${iso(to)})`
const ARGS = ['backfill', 'ohlcv', ...scopeArgs(DAYS, [SYMBOL])]

describe('status', () => {
  it('names what is unproven, until a later run has found the same', async () => {
    const options = { clock: { startAt: DAYS.to + HOUR, rate: 0 }, permanentHoles: { [SYMBOL]: [LONG] } }
    await using world = await createWorld(options)
    const first = await world.run([...ARGS, '--json'])
    expect(first.code).toBe(3)
    expect(JSON.parse(first.stdout)).toMatchObject({ missingMinutes: 1_440, unprovenMinutes: 1_440 })
    const { stdout } = await world.run(['status'])
    expect(stdout).toContain('unproven: without a row in one answer; the next backfill asks again')
    expect(stdout).toContain('  BTCUSDT ohlcv 2026-02-01 08:00 – 2026-02-02 08:00')
    const told = JSON.parse((await world.run(['status', '--json'])).stdout).coverage
    const stretch = { symbol: SYMBOL, dataset: 'ohlcv', from: iso(LONG.from), to: iso(LONG.to) }
    expect([told.unproven, told.suspects]).toEqual([[stretch], []])
    world.simulator.advance(10 * MINUTE)
    expect((await world.run(ARGS)).code).toBe(0)
    expect((await world.run(['status'])).stdout).not.toMatch(/in one answer|evidence/)
  })

  it('names long absences without evidence, and --retry-absent asks for them again', async () => {
    await using world = await createWorld({ clock: { startAt: DAYS.to + HOUR, rate: 0 } })
    const { sql } = world.database
    expect((await world.run(ARGS)).code).toBe(0)
    // As a version without evidence left it.
    await sql`delete from ohlcv where ts >= ${iso(LONG.from)} and ts < ${iso(LONG.to)}`
    await sql`update coverage set absent = ${`{${range(LONG)}}`}::tstzmultirange where dataset = 'ohlcv'`
    const due = FROM + 16 * HOUR
    await sql`delete from funding_rates where ts = ${iso(due)}`
    // What is left of it when the tables are brought up to date: that one answer lacked it.
    const silence = range({ from: due - 8 * HOUR + MINUTE, to: due + 8 * HOUR })
    await sql`
      insert into absences (venue, symbol, dataset, stretch, asked, asked_at, execution_id)
      values ('binance', ${SYMBOL}, 'funding', ${silence}, ${silence}, ${iso(FROM)}, ${NO_RUN})`
    const short = await world.run([...ARGS, '--json'])
    expect(JSON.parse(short.stdout)).toMatchObject({ requests: 0, absentMinutes: 1_440 })
    const told = JSON.parse((await world.run(['status', '--json'])).stdout).coverage
    expect(told.suspects).toEqual([
      { symbol: SYMBOL, dataset: 'funding', from: iso(due - 8 * HOUR + MINUTE), to: iso(due + 8 * HOUR) },
      { symbol: SYMBOL, dataset: 'ohlcv', from: iso(LONG.from), to: iso(LONG.to) },
    ])
    expect((await world.run(['status'])).stdout).toContain(
      'absent on little evidence, or on answers of one moment; a backfill with --retry-absent asks again',
    )
    const again = await world.run([...ARGS, '--retry-absent', '--json'])
    expect([again.code, JSON.parse(again.stdout).rowsInserted]).toEqual([0, 1_441])
    await expectTruth(world, [SYMBOL], DAYS)
    const whole = { symbol: SYMBOL, covered: [DAYS], absent: [] }
    expect(await storedCoverage(sql, ['ohlcv', 'funding'])).toEqual([
      { ...whole, dataset: 'funding' },
      { ...whole, dataset: 'ohlcv' },
    ])
    expect(JSON.parse((await world.run(['status', '--json'])).stdout).coverage.suspects).toEqual([])
  })
})
