import { describe, expect, it } from 'vitest'
import { DAY, type Window } from '../../src/lib/model/window.ts'
import { candleKey, otherKey } from '../helpers/archive.ts'
import { createWorld, expectTruth, type World } from '../helpers/world.ts'

/** A Friday: the month before has been published, and yesterday. */
const NOW = Date.UTC(2026, 6, 10, 12)
const STILL = { clock: { startAt: NOW, rate: 0 } }
const SYMBOL = 'BTCUSDT'
const JUNE: Window = { from: Date.UTC(2026, 5, 1), to: Date.UTC(2026, 6, 1) }

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
    // Nothing is asked for twice because a machine is slow.
    '--request-timeout',
    '5m',
    ...more,
  ]
}

/** What was asked of the archive for each file: its checksum and itself, each once where all is well. */
const filesAsked = ({ simulator }: World): Record<string, number> => simulator.stats().archive.files

const asksOfKlines = ({ simulator }: World): number =>
  simulator.stats().recorded.filter(({ path }) => path === '/fapi/v1/klines').length

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

  it.each(['rest', 'auto'])('%s has the prices of the venue, to the digit', async (source) => {
    await using world = await createWorld(STILL)
    const window = { from: Date.UTC(2026, 6, 7), to: Date.UTC(2026, 6, 9) }
    const { code, stdout } = await world.run(argsOf('prices', window, source))
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { failed: [], missingMinutes: 0 }])
    for (const [table, kind] of [
      ['mark_prices', 'mark'],
      ['index_prices', 'index'],
      ['premium_index', 'premium'],
    ] as const) {
      const rows = await world.database.sql<{ line: string }[]>`
        select concat_ws(',', (extract(epoch from ts) * 1000)::bigint, open, high, low, close) as line
        from ${world.database.sql(table)} order by ts`
      const truth = world.simulator.truth.prices(kind, SYMBOL, window)
      expect(rows.map(({ line }) => line)).toEqual(truth.map((row) => row.slice(0, 5).join(',')))
      expect(rows).toHaveLength(2 * 1_440)
    }
    const again = JSON.parse((await world.run(argsOf('prices', window, source))).stdout)
    expect(again).toMatchObject({ requests: 0, rowsFetched: 0 })
  })

  it('--refetch changed loads what was replaced, asks the listing alone, and counts what it corrects', async () => {
    const window = { from: Date.UTC(2026, 6, 7), to: Date.UTC(2026, 6, 9) }
    const path = candleKey(SYMBOL, '2026-07-07', 'markPriceKlines')
    const row = { from: window.from, to: window.from + 60_000 }
    const faults = [{ kind: 'archive-replaced', path, at: NOW + 3_600_000, ...row } as const]
    await using world = await createWorld({ ...STILL, faults })
    expect((await world.run(argsOf('prices', window, 'archive'))).code).toBe(0)
    const before = { ...filesAsked(world) }
    const again = argsOf('prices', window, 'archive', '--refetch', 'changed')
    expect(JSON.parse((await world.run(again)).stdout)).toMatchObject({ rowsFetched: 0, rowsUpdated: 0 })
    expect(filesAsked(world)).toEqual(before)
    world.simulator.advance(3_600_000)
    expect(JSON.parse((await world.run(again)).stdout)).toMatchObject({ rowsFetched: 1_441, rowsUpdated: 1 })
    const asked = Object.entries(filesAsked(world)).filter(([key, times]) => times > (before[key] ?? 0))
    expect(asked.map(([key]) => key).toSorted()).toEqual([path, `${path}.CHECKSUM`])
    const [first] = await world.database.sql`select high from mark_prices order by ts limit 1`
    expect(first?.high).toBe(world.simulator.truth.prices('mark', SYMBOL, window)[0]?.[2])
    expect(JSON.parse((await world.run(again)).stdout)).toMatchObject({ rowsFetched: 0 })
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
    // Nobody waits for more of it.
    const { coverage } = JSON.parse((await world.run(['status', '--json'])).stdout)
    expect(coverage.symbols.map((one: Record<string, unknown>) => [one.dataset, one.state])).toEqual([
      ['funding', 'whole'],
      ['ohlcv', 'whole'],
    ])
    expect(coverage.symbols).toMatchObject(
      Array(2).fill({ delisted: true, lagSeconds: 0, missingMinutes: 0 }),
    )
    expect((await world.run(['status'])).stdout).toMatch(/^SRMUSDT +delisted +delisted$/m)
    const wrong = await world.run(['backfill', 'ohlcv', '--symbols', 'ever'])
    expect([wrong.code, wrong.stderr]).toMatchObject([2, expect.stringContaining('add --source auto')])
  })
})
