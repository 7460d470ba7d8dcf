import { describe, expect, it } from 'vitest'
import { DAY, MINUTE, type Window } from '../../src/lib/model/window.ts'
import type { FaultRule } from '../../src/sim/core/faults.ts'
import { candleKey, otherKey } from '../helpers/archive.ts'
import { storedCoverage } from '../helpers/coverage-rows.ts'
import { createWorld, expectTruth, type World } from '../helpers/world.ts'

/** A Friday: the month before has been published, and yesterday. */
const NOW = Date.UTC(2026, 6, 10, 12)
const STILL = { clock: { startAt: NOW, rate: 0 } }
const SYMBOL = 'BTCUSDT'
const JUNE: Window = { from: Date.UTC(2026, 5, 1), to: Date.UTC(2026, 6, 1) }
const TWO_DAYS: Window = { from: Date.UTC(2026, 6, 7), to: Date.UTC(2026, 6, 9) }
const DAY_KEY = candleKey(SYMBOL, '2026-07-07')

const argsOf = (part: string, { from, to }: Window, source: string, ...more: string[]): string[] => {
  const [since, until] = [new Date(from).toISOString(), new Date(to).toISOString()]
  return [
    'backfill',
    part,
    '--symbols',
    SYMBOL,
    '--since',
    since,
    '--until',
    until,
    '--source',
    source,
    '--json',
    ...more,
  ]
}

/** What was asked of the archive for each file: its checksum and itself, each once where all is well. */
const filesAsked = ({ simulator }: World): Record<string, number> => simulator.stats().archive.files

const asksOfKlines = ({ simulator }: World): number =>
  simulator.stats().recorded.filter(({ path }) => path === '/fapi/v1/klines').length

const errorsOf = async ({ database }: World) =>
  database.sql`select error_type as type, details ->> 'file' as file, error_message as message from perp_errors
    where error_type = 'archive_file' order by error_id`

describe.concurrent('backfill --source', () => {
  it('archive loads a month as one file, its settlements as another, and nothing twice', async () => {
    await using world = await createWorld(STILL)
    const { code, stdout, stderr } = await world.run(argsOf('ohlcv', JUNE, 'archive'))
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { failed: [], missingMinutes: 0 }])
    await expectTruth(world, [SYMBOL], JUNE)
    const keys = [candleKey(SYMBOL, '2026-06'), otherKey(SYMBOL, '2026-06', 'fundingRate')]
    expect(filesAsked(world)).toEqual(
      Object.fromEntries(keys.flatMap((key) => [key, `${key}.CHECKSUM`]).map((key) => [key, 1])),
    )
    expect(asksOfKlines(world)).toBe(0)
    expect(stderr.match(/Binance Vision Dataset Terms|no commercial use/g)).toHaveLength(2)
    const origin = await world.database.sql`select dataset, route, file from provenance order by dataset`
    expect([...origin]).toEqual([
      { dataset: 'funding', route: 'archive', file: keys[1] },
      { dataset: 'ohlcv', route: 'archive', file: keys[0] },
    ])
    // Again: nothing is missing, nothing is asked, and nobody is told the terms once more.
    const { listings } = world.simulator.stats().archive
    const again = await world.run(argsOf('ohlcv', JUNE, 'archive'))
    expect(again.code).toBe(0)
    expect(again.stderr).not.toContain('Terms')
    expect(world.simulator.stats().archive).toMatchObject({ listings, files: filesAsked(world) })
  })

  it('archive takes days where no month is out, and auto what no file has from the API', async () => {
    await using world = await createWorld(STILL)
    const window = { from: JUNE.from + 28 * DAY, to: NOW }
    // Nothing of today is out.
    expect((await world.run(argsOf('ohlcv', window, 'archive'))).code).toBe(3)
    const { code, stdout } = await world.run(argsOf('ohlcv', window, 'auto'))
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { failed: [], missingMinutes: 0 }])
    await expectTruth(world, [SYMBOL], window)
    expect(Object.values(filesAsked(world)).every((times) => times === 1)).toBe(true)
    const [{ routes } = { routes: [] }] = await world.database.sql`
      select array_agg(distinct route order by route) as routes from provenance where dataset = 'ohlcv'`
    expect(routes).toEqual(['archive', 'rest'])
  })

  it.each(['rest', 'archive', 'auto'])('%s has the same prices and settlements', async (source) => {
    await using world = await createWorld(STILL)
    expect((await world.run(argsOf('prices', TWO_DAYS, source))).code).toBe(0)
    for (const [table, kind] of [
      ['mark_prices', 'mark'],
      ['index_prices', 'index'],
      ['premium_index', 'premium'],
    ] as const) {
      const rows = await world.database.sql<{ line: string }[]>`
        select concat_ws(',', (extract(epoch from ts) * 1000)::bigint, open, high, low, close) as line
        from ${world.database.sql(table)} order by ts`
      const expected = world.simulator.truth.prices(kind, SYMBOL, TWO_DAYS)
      expect(rows.map(({ line }) => line)).toEqual(expected.map((row) => row.slice(0, 5).join(',')))
      expect(rows).toHaveLength(2 * 1_440)
    }
  })

  it('archive has open interest and ratios over the day on which their labels changed', async () => {
    await using world = await createWorld(STILL)
    const window = { from: Date.UTC(2026, 5, 24), to: Date.UTC(2026, 5, 27) }
    const { code, stdout } = await world.run(argsOf('oi-lsr', window, 'archive'))
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { failed: [] }])
    const truth = world.simulator.truth.metrics(SYMBOL, window)
    const rows = await world.database.sql`
      select (extract(epoch from o.ts) * 1000)::float8 as at, o.open_interest as oi, l.global_account_ratio as ratio,
        l.top_position_ratio as positions, l.global_long_account as share
      from open_interest o join long_short_ratio l using (venue, symbol, ts) where o.ts = o.sampled_at order by o.ts`
    expect(rows.map(({ at, oi, ratio, positions, share }) => [at, oi, ratio, positions, share])).toEqual(
      truth.map((row) => [
        row.at,
        row.openInterest,
        row.globalAccountRatio,
        row.topPositionRatio,
        null,
      ]),
    )
    const covered = [window]
    expect(await storedCoverage(world.database.sql, ['lsr', 'oi'])).toEqual(
      ['lsr', 'oi'].map((dataset) => ({ symbol: SYMBOL, dataset, covered, absent: [] })),
    )
  })

  it('auto reaches back further than the API', async () => {
    await using world = await createWorld(STILL)
    const window = { from: NOW - 33 * DAY, to: NOW - 28 * DAY }
    const rest = JSON.parse((await world.run(argsOf('oi-lsr', window, 'rest'))).stdout)
    expect(rest.expiredMinutes).toBeGreaterThan(0)
    const { code, stdout } = await world.run(argsOf('oi-lsr', window, 'auto'))
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { expiredMinutes: 0, missingMinutes: 0 }])
    const [{ rows } = { rows: 0 }] = await world.database.sql`select count(*)::int as rows from open_interest`
    expect(rows).toBe((window.to - window.from) / MINUTE)
  })

  const noon = TWO_DAYS.from + DAY / 2
  const hour = { from: noon, to: noon + 60 * MINUTE }
  /** What is wrong with the first of two days of candles, and what is told of it. */
  const DEFECTS: readonly (readonly [string, FaultRule, number, RegExp | undefined])[] = [
    ['missing', { kind: 'archive-missing', path: DAY_KEY }, 1_440, undefined],
    ['late', { kind: 'archive-late', path: DAY_KEY, at: NOW + 1 }, 1_440, undefined],
    ['of another checksum', { kind: 'stale-checksum', path: `${DAY_KEY}.CHECKSUM` }, 1_440, /SHA-256/],
    ['of another CRC', { kind: 'archive-bad-crc', path: DAY_KEY }, 1_440, /CRC/],
    ['cut short', { kind: 'truncated-json', path: DAY_KEY }, 1_440, /SHA-256/],
    ['without an hour', { kind: 'archive-lacks-rows', path: DAY_KEY, ...hour }, 60, undefined],
    ['with each row twice', { kind: 'archive-doubled', path: DAY_KEY }, 0, undefined],
    ['in another order', { kind: 'archive-unsorted', path: DAY_KEY }, 0, undefined],
    ['beside a stray one', { kind: 'archive-stray', path: 'daily/klines/BTCUSDT/1m/' }, 0, undefined],
    ['broken off once', { kind: 'cut', path: DAY_KEY, count: 1 }, 0, undefined],
    ['refused in an outage that ends', { kind: '403', path: DAY_KEY, count: 2 }, 0, undefined],
  ]
  it.each(DEFECTS)('is whole in the end where a file is %s', async (_, fault, missing, told) => {
    await using world = await createWorld({ ...STILL, faults: [fault] })
    const first = JSON.parse((await world.run(argsOf('ohlcv', TWO_DAYS, 'archive'))).stdout)
    const candles = first.failed.filter(({ dataset }: { dataset: string }) => dataset === 'ohlcv')
    expect(candles).toHaveLength(missing > 0 ? 1 : 0)
    const [{ rows } = { rows: 0 }] = await world.database.sql`select count(*)::int as rows from ohlcv`
    expect(rows).toBe(2 * 1_440 - missing)
    const errors = await errorsOf(world)
    if (told) expect(errors).toMatchObject([{ file: DAY_KEY, message: expect.stringMatching(told) }])
    else expect([...errors]).toEqual([])
    const { code, stdout } = await world.run(argsOf('ohlcv', TWO_DAYS, 'auto'))
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { failed: [], missingMinutes: 0 }])
    await expectTruth(world, [SYMBOL], TWO_DAYS)
  })

  const METRICS = otherKey(SYMBOL, '2026-07-07', 'metrics')
  const NEXT = otherKey(SYMBOL, '2026-07-08', 'metrics')
  const step = { from: noon, to: noon + 5 * MINUTE }
  it.each([
    ['of each row twice', { kind: 'archive-doubled', path: METRICS }, { oi: 0, lsr: 0 }],
    ['in another order', { kind: 'archive-unsorted', path: METRICS }, { oi: 0, lsr: 0 }],
    ['with cells that are empty', { kind: 'archive-empty-cells', path: METRICS, ...step }, { oi: 0, lsr: 5 }],
    ['with an interest of 0', { kind: 'archive-zero-interest', path: METRICS, ...step }, { oi: 5, lsr: 0 }],
    ['whose first row stands in the one before', { kind: 'archive-edge', path: NEXT }, { oi: 5, lsr: 5 }],
    ['that ends early', { kind: 'archive-lacks-rows', path: METRICS, from: noon }, { oi: 720, lsr: 720 }],
  ] satisfies [string, FaultRule, { oi: number; lsr: number }][])(
    'takes what can be believed of metrics %s, and the rest from the API',
    async (_, fault, lacking) => {
      await using world = await createWorld({ ...STILL, faults: [fault] })
      const count = async () => {
        const [row] = await world.database.sql`select (select count(*)::int from open_interest) as oi,
          (select count(*)::int from long_short_ratio) as lsr`
        return row
      }
      const { code } = await world.run(argsOf('oi-lsr', TWO_DAYS, 'archive'))
      expect(code).toBe(lacking.oi + lacking.lsr > 0 ? 3 : 0)
      expect(await count()).toEqual({ oi: 2_880 - lacking.oi, lsr: 2_880 - lacking.lsr })
      expect((await world.run(argsOf('oi-lsr', TWO_DAYS, 'auto'))).code).toBe(0)
      expect(await count()).toEqual({ oi: 2_880, lsr: 2_880 })
    },
  )

  it('goes on after a kill with what is missing, and two at once load no file twice', async () => {
    const path = 'daily/markPriceKlines/'
    await using world = await createWorld({ ...STILL, faults: [{ kind: 'slow', path, ms: 300 }] })
    const window = { from: Date.UTC(2026, 6, 1), to: Date.UTC(2026, 6, 9) }
    const killed = world.start(argsOf('prices', window, 'archive'))
    await expect
      .poll(async () => (await world.database.sql`select 1 from archive_files`).length, { timeout: 120_000 })
      .toBeGreaterThan(0)
    killed.child.kill('SIGKILL')
    await killed.done
    const loaded = new Set(
      (await world.database.sql<{ file: string }[]>`select file from archive_files`).map(({ file }) => file),
    )
    const before = { ...filesAsked(world) }
    const args = argsOf('prices', window, 'archive')
    const ends = await Promise.all([world.run(args), world.run(args)])
    expect(ends.map(({ code }) => code)).toEqual([0, 0])
    for (const [key, times] of Object.entries(filesAsked(world)))
      expect(times - (before[key] ?? 0)).toBe(loaded.has(key.replace('.CHECKSUM', '')) ? 0 : 1)
    const [{ rows } = { rows: 0 }] = await world.database.sql`select count(*)::int as rows from mark_prices`
    expect(rows).toBe(8 * 1_440)
  })

  it('ever has what was delisted, and --dry-run tells files and bytes', async () => {
    await using world = await createWorld(STILL)
    const window = { from: Date.UTC(2022, 10, 20), to: Date.UTC(2022, 11, 5) }
    const [since, until] = [new Date(window.from).toISOString(), new Date(window.to).toISOString()]
    const args = ['backfill', 'ohlcv', '--symbols', 'SRMUSDT', '--since', since, '--until', until, '--json']
    expect((await world.run(args)).code).toBe(3)
    const plan = JSON.parse((await world.run([...args, '--source', 'auto', '--dry-run'])).stdout)
    expect(plan.total).toMatchObject({ count: 2 })
    expect(plan.total.bytes).toBeGreaterThan(100_000)
    expect((await world.run([...args, '--source', 'auto'])).code).toBe(0)
    const [row] = await world.database.sql`select count(*)::int as rows, max(ts) as last from ohlcv`
    const truth = world.simulator.truth.candles('SRMUSDT', window)
    expect(row).toEqual({ rows: truth.length, last: new Date(Number(truth.at(-1)?.[0])) })
    const wrong = await world.run(['backfill', 'ohlcv', '--symbols', 'ever'])
    expect([wrong.code, wrong.stderr]).toMatchObject([2, expect.stringContaining('add --source auto')])
  })
})
