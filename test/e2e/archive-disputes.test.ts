import { describe, expect, it, vi } from 'vitest'
import { DAY, HOUR, MINUTE, type Window } from '../../src/lib/model/window.ts'
import { createListing } from '../../src/sim/binance/listing.ts'
import type { FaultRule } from '../../src/sim/core/faults.ts'
import { candleKey } from '../helpers/archive.ts'
import { storedFunding, trueFunding } from '../helpers/archive-runs.ts'
import { scopeArgs } from '../helpers/case-run.ts'
import { CASE_SYMBOL } from '../helpers/cases.ts'
import { storedCandles, trueCandles } from '../helpers/recorded.ts'
import { storedSnapshots, trueSnapshots } from '../helpers/statistics-rows.ts'
import { createWorld, type World } from '../helpers/world.ts'

/** A month of four days is out, and each of its days. */
const NOW = Date.UTC(2026, 2, 5, 12)
const MONTH: Window = { from: Date.UTC(2026, 1, 25), to: Date.UTC(2026, 2, 1) }
const SECOND_DAY: Window = { from: MONTH.from + DAY, to: MONTH.from + 2 * DAY }
const NINE = SECOND_DAY.from + 9 * HOUR
/** What month and day tell otherwise, and what the month alone lacks: so the day is read too. */
const OTHER: Window = { from: NINE, to: NINE + 3 * MINUTE }
const HOLE: Window = { from: NINE + HOUR, to: NINE + HOUR + 2 * MINUTE }
const LISTED = createListing({ symbol: 'NEWUSDT', basePrice: 10, firstCandle: MONTH.from })
/** The archive has it, and the API nothing any more. */
const GONE = createListing(
  { symbol: 'OLDUSDT', basePrice: 10, firstCandle: MONTH.from },
  { status: 'CLOSE', isShown: false, isArchived: true, endOfCandles: MONTH.to, deliveryDate: MONTH.to },
)

const monthOf = (symbol: string): string => candleKey(symbol, '2026-02')
const dayOf = (symbol: string): string => candleKey(symbol, '2026-02-26')
const sayingOtherwise = (path: string): FaultRule => ({ kind: 'archive-other-values', path, ...OTHER })
const lacking = (path: string): FaultRule => ({ kind: 'archive-lacks-rows', path, ...HOLE })

const argsOf = (symbol: string, window: Window, ...more: string[]): string[] => [
  'backfill',
  'ohlcv',
  ...scopeArgs(window, [symbol]),
  '--json',
  ...more,
]

const open = (faults: readonly FaultRule[]): Promise<World> =>
  createWorld({ clock: { startAt: NOW, rate: 0 }, symbols: [LISTED, GONE], faults: [...faults] })

/** The minutes whose stored row is not the true one. */
async function untrueMinutes({ database, simulator }: World, symbol: string): Promise<number[]> {
  const truth = trueCandles(simulator.truth, symbol, MONTH)
  const stored = await storedCandles(database.sql)
  const timesOf = (lines: readonly string[]): number[] => lines.map((line) => Number(line.split(',')[1]))
  expect(timesOf(stored)).toEqual(timesOf(truth))
  return timesOf(stored.filter((line, at) => line !== truth[at]))
}

const minutesOf = ({ from, to }: Window): number[] =>
  Array.from({ length: (to - from) / MINUTE }, (_, at) => from + at * MINUTE)

/** What is recorded of rows that were not as stored. */
const recorded = ({ database: { sql } }: World) => sql`
  select details ->> 'file' as file, details -> 'rows' as rows, details ->> 'first' as first,
    details -> 'asApi' as "asApi", details -> 'asFile' as "asFile", details -> 'asStored' as "asStored",
    details -> 'others' as others
  from perp_errors where error_type = 'archive_file' and details ? 'first' order by error_id`

const sumOf = async ({ database: { sql } }: World, file: string): Promise<string> =>
  String((await sql`select sha256 from archive_files where file = ${file}`)[0]?.sha256)

const notedOf = async ({ database: { sql } }: World, file: string): Promise<string | null> =>
  (await sql`select reason from archive_files where file = ${file}`)[0]?.reason ?? null

const asksOf = ({ simulator }: World, symbol: string): number =>
  simulator.stats().recorded.filter(({ path, query }) => /klines$/.test(path) && query.symbol === symbol)
    .length

const COUNTS = { rows: 3, first: new Date(OTHER.from).toISOString(), asApi: 0, asFile: 0, asStored: 0 }

describe.concurrent('a month and a day that disagree', () => {
  it.each([
    { wrong: 'the month', file: monthOf(LISTED.symbol) },
    { wrong: 'the day', file: dayOf(LISTED.symbol) },
  ])('become what the API has now, where $wrong is wrong, and both are recorded', async ({ file }) => {
    const { symbol } = LISTED
    await using world = await open([sayingOtherwise(file), lacking(monthOf(symbol))])
    const { code, stdout } = await world.run(argsOf(symbol, MONTH, '--source', 'auto', '--concurrency', '1'))
    expect([code, JSON.parse(stdout).failed]).toEqual([0, []])
    expect(await untrueMinutes(world, symbol)).toEqual([])
    const month = { route: 'archive', file: monthOf(symbol), sha256: await sumOf(world, monthOf(symbol)) }
    expect([...(await recorded(world))]).toEqual([
      { ...COUNTS, file: dayOf(symbol), asApi: 3, others: [month] },
    ])
    expect(await notedOf(world, dayOf(symbol))).toBe(
      'ohlcv: 3 rows not as stored, the first of 2026-02-26 09:00:00 UTC: 3 as the API has them now',
    )
    const asked = asksOf(world, symbol)
    const again = await world.run(argsOf(symbol, MONTH, '--source', 'auto'))
    expect(JSON.parse(again.stdout)).toMatchObject({ rowsUpdated: 0, rowsFetched: 0 })
    expect(asksOf(world, symbol)).toBe(asked)
  })

  it.each([
    { wrong: 'the month', file: monthOf(GONE.symbol), untrue: [] },
    { wrong: 'the day', file: dayOf(GONE.symbol), untrue: minutesOf(OTHER) },
  ])('become the day where the API has it no more and $wrong is wrong', async ({ file, untrue }) => {
    const { symbol } = GONE
    await using world = await open([sayingOtherwise(file), lacking(monthOf(symbol))])
    expect((await world.run(argsOf(symbol, MONTH, '--source', 'auto'))).code).toBe(0)
    expect(await untrueMinutes(world, symbol)).toEqual(untrue)
    expect(await recorded(world)).toMatchObject([{ ...COUNTS, file: dayOf(symbol), asFile: 3 }])
    expect(asksOf(world, symbol)).toBeLessThanOrEqual(1)
  })

  it('stay the day where the month is read later', async () => {
    const { symbol } = GONE
    await using world = await open([sayingOtherwise(monthOf(symbol))])
    expect((await world.run(argsOf(symbol, SECOND_DAY, '--source', 'archive'))).code).toBe(0)
    expect((await world.run(argsOf(symbol, MONTH, '--source', 'archive'))).code).toBe(0)
    expect(await untrueMinutes(world, symbol)).toEqual([])
    expect(await recorded(world)).toMatchObject([
      { ...COUNTS, file: monthOf(symbol), asStored: 3, others: [{ file: dayOf(symbol) }] },
    ])
  })
})

describe.concurrent('a file that is loaded again', () => {
  const REPLACED = {
    kind: 'archive-replaced',
    path: dayOf(LISTED.symbol),
    at: NOW + HOUR,
    ...OTHER,
  } as const

  it('changes nothing before kill -9 while the API is asked, and all of it in the next run', async () => {
    const { symbol } = LISTED
    await using world = await open([REPLACED])
    expect((await world.run(argsOf(symbol, SECOND_DAY, '--source', 'archive'))).code).toBe(0)
    const known = await sumOf(world, dayOf(symbol))
    const before = await storedCandles(world.database.sql)
    world.simulator.advance(HOUR)
    world.simulator.setFaults([REPLACED, { kind: 'hang', path: 'klines' }])
    const asked = asksOf(world, symbol)
    const again = argsOf(symbol, SECOND_DAY, '--source', 'archive', '--refetch', 'changed')
    const { child, done } = world.start([...again, '--request-timeout', '5m'])
    await vi.waitUntil(() => asksOf(world, symbol) > asked, { interval: 50, timeout: 120_000 })
    child.kill('SIGKILL')
    expect((await done).signal).toBe('SIGKILL')
    expect(await storedCandles(world.database.sql)).toEqual(before)
    expect(await sumOf(world, dayOf(symbol))).toBe(known)
    world.simulator.setFaults([REPLACED])
    const { code, stdout } = await world.run(again)
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { failed: [], rowsUpdated: 3 }])
    expect(await storedCandles(world.database.sql)).toEqual(
      trueCandles(world.simulator.truth, symbol, SECOND_DAY),
    )
    expect(await sumOf(world, dayOf(symbol))).not.toBe(known)
    expect(JSON.parse((await world.run(again)).stdout)).toMatchObject({ rowsFetched: 0 })
  })

  it('of which the new version cannot be read is tried again by the next run', async () => {
    const { symbol } = LISTED
    await using world = await open([REPLACED])
    expect((await world.run(argsOf(symbol, SECOND_DAY, '--source', 'archive'))).code).toBe(0)
    world.simulator.advance(HOUR)
    world.simulator.setFaults([REPLACED, { kind: 'stale-checksum', path: `${dayOf(symbol)}.CHECKSUM` }])
    const again = argsOf(symbol, SECOND_DAY, '--source', 'archive', '--refetch', 'changed')
    const failing = await world.run(again)
    expect([failing.code, JSON.parse(failing.stdout)]).toMatchObject([3, { rowsUpdated: 0 }])
    world.simulator.setFaults([REPLACED])
    expect(JSON.parse((await world.run(again)).stdout)).toMatchObject({ rowsUpdated: 3 })
  })

  it('changes nothing as long as the API that has to be asked fails, and is tried again', async () => {
    const { symbol } = LISTED
    await using world = await open([REPLACED])
    expect((await world.run(argsOf(symbol, SECOND_DAY, '--source', 'archive'))).code).toBe(0)
    const before = await storedCandles(world.database.sql)
    world.simulator.advance(HOUR)
    world.simulator.setFaults([REPLACED, { kind: '500', path: 'klines' }])
    const again = argsOf(symbol, SECOND_DAY, '--source', 'auto', '--refetch', 'changed')
    const failing = await world.run(again)
    expect([failing.code, JSON.parse(failing.stdout)]).toMatchObject([3, { rowsUpdated: 0 }])
    expect(await storedCandles(world.database.sql)).toEqual(before)
    world.simulator.setFaults([REPLACED])
    expect(JSON.parse((await world.run(again)).stdout)).toMatchObject({ rowsUpdated: 3 })
  })

  it('takes nothing from what the API has told, where it tells less', async () => {
    await using world = await createWorld({ clock: { startAt: NOW, rate: 0 } })
    const day = { from: Date.UTC(2026, 1, 26), to: Date.UTC(2026, 1, 27) }
    const january = { from: Date.UTC(2026, 0, 30), to: Date.UTC(2026, 1, 1) }
    const run = async (command: string, window: Window, ...more: string[]): Promise<void> => {
      const { code } = await world.run(['backfill', command, ...scopeArgs(window), ...more])
      expect(code).toBe(0)
    }
    await run('oi-lsr', day)
    await run('ohlcv', january)
    await run('oi-lsr', day, '--source', 'archive', '--refetch')
    await run('ohlcv', january, '--source', 'archive', '--refetch')
    const { sql } = world.database
    const snapshots = trueSnapshots(world.simulator.truth, CASE_SYMBOL, day)
    expect(await storedSnapshots(sql)).toEqual(snapshots.toSorted())
    expect(await storedFunding(sql)).toEqual(trueFunding(world.simulator.truth, CASE_SYMBOL, january))
    expect(await sql`select 1 from funding_rates where mark_price is null`).toHaveLength(0)
    expect([...(await recorded(world))]).toEqual([])
  })
})
