import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/lib/model/window.ts'
import { type CoinalyzeOptions, startSimulator } from '../../src/sim/index.ts'
import { argsOf, expectCase, rowsIn, scopeArgs } from '../helpers/case-run.ts'
import { type BackfillCase, CASE_SYMBOL, CASE_TIME, CASES } from '../helpers/cases.ts'
import { runCli } from '../helpers/cli.ts'
import { storedCoverage } from '../helpers/coverage-rows.ts'
import { ask } from '../helpers/simulator.ts'
import { createWorld, type World } from '../helpers/world.ts'

const [, , LIQUIDATIONS] = CASES as readonly [BackfillCase, BackfillCase, BackfillCase]
const STILL = { startAt: CASE_TIME, rate: 0 }
const SECRET = 'c0inalyze-s3cret'
const WHERE = 'https://coinalyze.net/account/api-key/'

const worldWith = (coinalyze: CoinalyzeOptions): Promise<World> => createWorld({ clock: STILL, coinalyze })

const historiesAsked = ({ simulator }: World): string[][] =>
  simulator
    .stats()
    .recorded.filter(({ path }) => path.endsWith('liquidation-history'))
    .map(({ query }) => (query.symbols ?? '').split(','))

/** When the oldest of the newest `points` minutes of a side began. */
function beginOf({ simulator }: World, side: 'long' | 'short', points: number): number {
  const all = simulator.truth.liquidations(CASE_SYMBOL, { from: CASE_TIME - 20 * DAY, to: CASE_TIME })
  return all.filter((minute) => Number(minute[side]) > 0).at(-points)?.t ?? 0
}

describe.concurrent('backfill lq', () => {
  it('stores nothing, and covers nothing, from where one side has been deleted', async () => {
    const points = 60
    await using world = await worldWith({ retainedPoints: points })
    const begins = [beginOf(world, 'long', points), beginOf(world, 'short', points)]
    // Rows with a false 0 lie between.
    expect(begins[0]).not.toBe(begins[1])
    const window = { from: Math.max(...begins), to: CASE_TIME - 3 * MINUTE }
    const since = CASE_TIME - 4 * DAY
    const args = ['backfill', 'lq', '--symbols', CASE_SYMBOL, '--since', '4d', '--json']
    const { code, stdout } = await world.run(args)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ failed: [], expiredMinutes: (window.from - since) / MINUTE })
    await expectCase(world, LIQUIDATIONS, { window })
  })

  it('covers quiet minutes without a row, which are a zero to who reads', async () => {
    await using world = await worldWith({})
    const scope = { window: { from: CASE_TIME - 8 * HOUR, to: CASE_TIME - HOUR } }
    expect((await world.run(['backfill', 'ohlcv', ...scopeArgs(scope.window)])).code).toBe(0)
    expect((await world.run(argsOf(LIQUIDATIONS, scope))).code).toBe(0)
    await expectCase(world, LIQUIDATIONS, scope)
    const [row] = await world.database.sql`
      select count(*)::int as minutes, count(long_liquidations)::int as told,
        count(*) filter (where long_liquidations + short_liquidations > 0)::int as loud from perp_1m`
    expect(row).toEqual({ minutes: 420, told: 420, loud: await rowsIn(world, ['liquidations']) })
    expect(row?.loud).toBeLessThan(420)
  })

  it('names a market that Coinalyze does not have, and brings in the others', async () => {
    await using world = await worldWith({ missing: ['ETHUSDT'] })
    const { code, stdout } = await world.run(argsOf(LIQUIDATIONS, { symbols: [CASE_SYMBOL, 'ETHUSDT'] }))
    expect(code).toBe(3)
    const reason = expect.stringContaining('coinalyze has no market ETHUSDT')
    expect(JSON.parse(stdout).failed).toEqual([{ symbol: 'ETHUSDT', dataset: 'lq', reason }])
    await expectCase(world, LIQUIDATIONS)
  })

  it('finds a market by the name that Coinalyze gives it', async () => {
    await using world = await worldWith({})
    const scope = { symbols: ['1000PEPEUSDT'] }
    expect((await world.run(argsOf(LIQUIDATIONS, scope))).code).toBe(0)
    await expectCase(world, LIQUIDATIONS, scope)
    expect(historiesAsked(world)).toEqual([['PEPE1000USDT_PERP.A']])
  })

  it.each([false, true])(
    'never takes an answer without anything for coverage (empty histories: %s)',
    async (hasEmptyHistories) => {
      await using world = await worldWith({})
      await using empty = await startSimulator({
        clock: STILL,
        coinalyze: { retainedPoints: 0, hasEmptyHistories },
      })
      const first = await world.run(argsOf(LIQUIDATIONS), { PERPCTL_COINALYZE_URL: empty.coinalyzeUrl })
      expect(first.code).toBe(3)
      expect(JSON.parse(first.stdout)).toMatchObject({
        missingMinutes: 2_400,
        failed: [{ symbol: CASE_SYMBOL, dataset: 'lq', reason: expect.stringContaining('proves nothing') }],
      })
      expect(await storedCoverage(world.database.sql, ['lq'])).toEqual([])
      expect((await world.run(argsOf(LIQUIDATIONS))).code).toBe(0)
      await expectCase(world, LIQUIDATIONS)
    },
  )

  it('never asks for more than 20 symbols at once, nor makes more than 40 calls a minute', async () => {
    await using world = await createWorld({
      clock: { startAt: CASE_TIME },
      symbolCount: 45,
      coinalyze: { window: 'rolling' },
    })
    const listed = await ask(`${world.simulator.coinalyzeUrl}/future-markets`, { api_key: 'another' })
    const markets: { exchange: string; symbol_on_exchange: string; is_perpetual: boolean }[] = JSON.parse(
      listed.text,
    )
    const symbols = markets
      .filter(
        ({ exchange, symbol_on_exchange: name, is_perpetual: isPerpetual }) =>
          exchange === 'A' && isPerpetual && name.endsWith('USDT'),
      )
      .map(({ symbol_on_exchange: name }) => name)
      .slice(0, 42)
    expect(symbols).toHaveLength(42)
    const scope = { symbols, window: { from: CASE_TIME - 4 * HOUR, to: CASE_TIME - HOUR } }
    const { code } = await world.run([...argsOf(LIQUIDATIONS, scope), '--concurrency', '64'])
    expect(code).toBe(0)
    const { violations } = world.simulator.stats()
    expect(violations).toEqual({ limited: 0, whileBanned: 0 })
    const sizes = historiesAsked(world).map(({ length }) => length)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(20)
    expect(sizes.length).toBeLessThan(symbols.length)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(42)
    const stored = await LIQUIDATIONS.stored(world.database.sql)
    const expected = symbols.flatMap((symbol) => LIQUIDATIONS.expected(world, symbol, scope.window))
    expect(stored).toEqual(expected.toSorted())
  }, 600_000)

  it('waits as long as it is told where another user of the key has spent the minute', async () => {
    const spent = { path: 'liquidation-history', kind: '429', retryAfter: 2, count: 1 } as const
    await using world = await createWorld({ clock: { startAt: CASE_TIME }, faults: [spent] })
    expect((await world.run(argsOf(LIQUIDATIONS))).code).toBe(0)
    await expectCase(world, LIQUIDATIONS)
    const [refused, next, ...others] = world.simulator
      .stats()
      .recorded.filter(({ path }) => path.startsWith('/coinalyze/') && !path.endsWith('/future-markets'))
    expect(others).toEqual([])
    expect({ refused: refused?.status, next: next?.status }).toEqual({ refused: 429, next: 200 })
    expect((next?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(2_000)
    const types = await world.database.sql`select distinct error_type from perp_errors`
    expect(types).toEqual([{ error_type: 'http_429' }])
  })

  it('without a key says in one line which one and where to get it, with exit code 4', async () => {
    await using world = await worldWith({})
    const { COINALYZE_KEY: _, ...env } = world.environment
    const { code, stdout, stderr } = await runCli(argsOf(LIQUIDATIONS).slice(0, -1), env)
    expect(code).toBe(4)
    expect(stdout).toBe('')
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toContain('COINALYZE_KEY')
    expect(stderr).toContain(WHERE)
    expect(await rowsIn(world, ['executions', 'perp_errors'])).toBe(0)
  })

  it('with a key that is refused exits 4, and shows the key nowhere', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'perpctl-log-'))
    try {
      await using world = await worldWith({ keys: ['another'] })
      const log = join(folder, 'run.log')
      const args = [...argsOf(LIQUIDATIONS), '--log-level', 'debug', '--log-file', log]
      const { code, stdout, stderr } = await world.run(args, { COINALYZE_KEY: SECRET })
      expect(code).toBe(4)
      expect(stderr).toContain('COINALYZE_KEY')
      expect(stderr).toContain(WHERE)
      const [dump] = await world.database.sql<{ text: string }[]>`
        select string_agg(t::text, ' ') as text from (
          select to_jsonb(s) from perp_status s union all select to_jsonb(e) from perp_errors e
          union all select to_jsonb(x) from executions x
        ) as t`
      expect(dump?.text).toContain('COINALYZE_KEY')
      const written = readFileSync(log, 'utf8')
      expect(written).toContain('COINALYZE_KEY')
      for (const shown of [stdout, stderr, dump?.text ?? '', written]) expect(shown).not.toContain(SECRET)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('with --sim needs no key', async () => {
    await using world = await worldWith({})
    const args = ['backfill', 'lq', '--sim', '--database-url', world.database.url]
    const run = [...args, '--symbols', CASE_SYMBOL, '--since', '6h', '--json']
    const { code, stdout } = await runCli(run)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ status: 'Completed', failed: [] })
    expect(await rowsIn(world, ['liquidations'])).toBe(JSON.parse(stdout).rowsInserted)
    expect(JSON.parse(stdout).rowsInserted).toBeGreaterThan(0)
  })
})
