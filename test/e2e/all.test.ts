import { describe, expect, it } from 'vitest'
import { expectCase, rowsIn, scopeArgs } from '../helpers/case-run.ts'
import { CASE_SYMBOL, CASE_TIME, CASES } from '../helpers/cases.ts'
import { runCli } from '../helpers/cli.ts'
import { createWorld } from '../helpers/world.ts'

const NOW = { startAt: CASE_TIME }
const WINDOW = { from: Date.UTC(2026, 1, 1), to: Date.UTC(2026, 1, 3) }
const ARGS = ['backfill', 'all', ...scopeArgs(WINDOW), '--json']
const BUT_LIQUIDATIONS = CASES.filter(({ name }) => name !== 'lq')

const DATASETS = ['funding', 'index', 'lq', 'lsr', 'mark', 'mt', 'ohlcv', 'oi', 'premium', 'rsi', 'tv']
/** Their rows are held against the venue's in a test of their own. */
const PRICES = 'prices'
const withPrices = (names: readonly string[]): string[] => names.toSpliced(1, 0, PRICES)

describe.concurrent('backfill all', () => {
  it('brings in everything of a symbol in one run', async () => {
    await using world = await createWorld({ clock: NOW })
    const { code, stdout } = await world.run(ARGS)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'Completed',
      failed: [],
      missingMinutes: 0,
      parts: withPrices(CASES.map(({ name }) => name)).map((name) => ({ name, status: 'done', failed: 0 })),
    })
    for (const backfill of CASES) {
      await expectCase(world, backfill, { window: WINDOW })
      for (const table of backfill.tables)
        expect([table, await rowsIn(world, [table])]).not.toEqual([table, 0])
    }
    const { stdout: told } = await world.run(['status', '--json'])
    const totals: { dataset: string }[] = JSON.parse(told).coverage.totals
    expect(totals.map(({ dataset }) => dataset)).toEqual(DATASETS)
    const [wide] = await world.database.sql`
      select count(*)::int as minutes, count(open_interest)::int as interest, count(global_account_ratio)::int as ratios,
        count(long_liquidations)::int as liquidations, count(taker_buy)::int as flows, count(funding_rate)::int as rates, count(mark_close)::int as marks, count(premium)::int as premiums
      from perp_1m where symbol = ${CASE_SYMBOL}`
    const all = 2_880
    expect(wide).toEqual({
      minutes: all,
      interest: all,
      ratios: all,
      liquidations: all,
      flows: all,
      rates: all,
      marks: all,
      premiums: all,
    })
  })

  it('without a key brings in everything else, and says what is missing', async () => {
    await using world = await createWorld({ clock: NOW })
    const { COINALYZE_KEY: _, ...env } = world.environment
    const { code, stdout, stderr } = await runCli(ARGS, env)
    expect(code).toBe(3)
    const summary = JSON.parse(stdout)
    const reason = expect.stringContaining('COINALYZE_KEY')
    expect(summary.failed).toEqual([{ symbol: 'all', dataset: 'lq', reason }])
    expect(summary.parts).toContainEqual({ name: 'lq', status: 'failed', reason })
    expect(stderr).toContain('COINALYZE_KEY')
    for (const backfill of BUT_LIQUIDATIONS) await expectCase(world, backfill, { window: WINDOW })
    expect(await rowsIn(world, ['liquidations'])).toBe(0)
  })

  it('leaves out what --skip names', async () => {
    await using world = await createWorld({ clock: NOW })
    const { COINALYZE_KEY: _, ...env } = world.environment
    const { code, stdout } = await runCli([...ARGS, '--skip', 'lq,prices'], env)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      failed: [],
      parts: BUT_LIQUIDATIONS.map(({ name }) => ({ name, status: 'done' })),
    })
    for (const backfill of BUT_LIQUIDATIONS) await expectCase(world, backfill, { window: WINDOW })
    expect(await rowsIn(world, ['liquidations'])).toBe(0)
  })
})
