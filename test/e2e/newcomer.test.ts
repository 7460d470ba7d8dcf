import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../src/commands/index.ts'
import { runCli } from '../helpers/cli.ts'
import { createTestDatabase } from '../helpers/database.ts'
import { createWorld } from '../helpers/world.ts'

const NOW = { startAt: Date.UTC(2026, 1, 10) }
const lines = (text: string): string[] => text.trim().split('\n')

describe('help', () => {
  it.each(Object.keys(COMMANDS))('of %s tells what it does, with two examples', async (id) => {
    const { code, stdout } = await runCli([...id.split(':'), '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('USAGE')
    const examples = stdout.slice(stdout.indexOf('EXAMPLES')).match(/^ {4}\S.*perpctl/gm) ?? []
    expect(examples.length).toBeGreaterThanOrEqual(2)
  })
})

describe('a wrong command line gets one clear line and exit code 2', () => {
  it.each([
    [['backfill', 'ohlcv'], /--symbols .*PERPCTL_SYMBOLS/],
    [['backfill', 'ohlcv', '--symbols', 'BTCUSDT', '--since', 'yesterday'], /--since: expected a date/],
    [['backfill', 'ohlcv', '--symbols', 'BTCUSDT', '--until', 'listing'], /--until: /],
    [['backfill', 'ohlcv', '--symbols', ','], /--symbols: expected symbols/],
    [['backfill', 'ohlcv', '--symbols', 'BTCUSDT', '--sinse', '1d'], /--sinse/],
    [
      ['backfill', 'ohlcv', '--symbols', 'BTCUSDT', '--venue', 'nowhere'],
      /--venue knows no "nowhere": expected binance/,
    ],
    [
      ['backfill', 'ohlcv', '--symbols', 'BTCUSDT', '--concurrency', 'many'],
      /--concurrency: expected a whole number/,
    ],
    [['backfill', 'ohlcv', '--symbols', 'BTCUSDT', '--sim-data', '/tmp'], /--sim-data goes with --sim/],
    [['backfil', 'ohlcv'], /did you mean: perpctl backfill ohlcv\n/],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await runCli(args)
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(message)
    expect(lines(stderr)).toHaveLength(1)
    expect(stderr).not.toContain('    at ')
  })
})

describe('a wrong configuration', () => {
  it('is told at once and whole, with exit code 4', async () => {
    const env = { DATABASE_URL: 'mysql://root:s3cret@host/db', PERPCTL_PROXIES: 'ftp://user:s3cret@x' }
    const { code, stderr } = await runCli(['backfill', 'ohlcv', '--symbols', 'BTCUSDT'], env)
    expect(code).toBe(4)
    expect(stderr).toContain('DATABASE_URL: ')
    expect(stderr).toContain('PERPCTL_PROXIES: ')
    expect(stderr).not.toContain('s3cret')
    expect(lines(stderr)).toHaveLength(1)
  })
})

describe('a database that cannot be used', () => {
  const ARGS = ['backfill', 'ohlcv', '--symbols', 'BTCUSDT']

  it('because nothing is there: exit code 5 and where it was looked for', async () => {
    const { code, stderr } = await runCli(ARGS, { DATABASE_URL: 'postgresql://user:s3cret@127.0.0.1:1/none' })
    expect(code).toBe(5)
    expect(stderr).toContain('127.0.0.1:1/none')
    expect(stderr).not.toContain('s3cret')
    expect(lines(stderr)).toHaveLength(1)
  })

  it('because it is not migrated: exit code 5 and what to run', async () => {
    await using database = await createTestDatabase({ isMigrated: false })
    const { code, stderr } = await runCli(ARGS, { DATABASE_URL: database.url })
    expect(code).toBe(5)
    expect(stderr).toContain('perpctl db migrate')
  })
})

describe('a venue that cannot be reached', () => {
  it('is named, with exit code 75', async () => {
    await using database = await createTestDatabase()
    const env = { DATABASE_URL: database.url, PERPCTL_BINANCE_REST_URL: 'http://127.0.0.1:1' }
    const { code, stderr, stdout } = await runCli(
      ['backfill', 'ohlcv', '--symbols', 'BTCUSDT', '--json'],
      env,
    )
    expect(code).toBe(75)
    expect(stderr).toContain('cannot reach 127.0.0.1:1')
    expect(JSON.parse(stdout).error).toMatchObject({ code: 'venue_unavailable', exit: 75 })
  })
})

describe('symbols', () => {
  const RANGE = ['--since', '2026-02-09T20:00Z', '--until', '2026-02-09T21:00Z', '--json']

  it('that are misspelt are told with near matches, and do not fail the others', async () => {
    await using world = await createWorld({ clock: NOW })
    const { code, stdout } = await world.run(['backfill', 'ohlcv', '--symbols', 'BTCUSDX,ETHUSDT', ...RANGE])
    expect(code).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject({
      failed: [
        { symbol: 'BTCUSDX', reason: expect.stringMatching(/Invalid symbol; did you mean .*BTCUSDT/) },
      ],
    })
    const rows = await world.database.sql`select symbol, count(*)::int from ohlcv group by 1`
    expect(rows).toEqual([{ symbol: 'ETHUSDT', count: 60 }])
    const covered = await world.database.sql`select 1 from coverage where symbol = 'BTCUSDX'`
    expect(covered).toHaveLength(0)
  })

  it('all means the tradable USDT perpetuals', async () => {
    await using world = await createWorld({ clock: NOW })
    const { code } = await world.run(['backfill', 'ohlcv', '--symbols', 'all', ...RANGE])
    expect(code).toBe(0)
    const tradable = await world.database.sql`
      select symbol from instruments where status = 'TRADING' and quote_asset = 'USDT'
        and contract_type in ('PERPETUAL', 'TRADIFI_PERPETUAL') order by 1`
    const covered = await world.database.sql`select symbol from coverage where dataset = 'ohlcv' order by 1`
    expect(covered).toEqual(tradable)
    expect(covered.length).toBeGreaterThan(20)
  })
})

describe('a venue that lists nothing to trade', () => {
  it('is no success of --symbols all', async () => {
    await using world = await createWorld({ clock: NOW, symbols: [] })
    const { code, stderr } = await world.run(['backfill', 'ohlcv', '--symbols', 'all'])
    expect(code).toBe(75)
    expect(stderr).toContain('lists no tradable USDT perpetual')
  })
})

describe('a dry run', () => {
  it('prints windows, requests, weight and time, and writes nothing', async () => {
    await using world = await createWorld({ clock: NOW })
    const args = [
      'backfill',
      'ohlcv',
      '--symbols',
      'BTCUSDT,ETHUSDT',
      '--since',
      '2026-02-01',
      '--until',
      '2026-02-08',
      '--dry-run',
    ]
    const text = await world.run(args)
    expect(text.code).toBe(0)
    expect(text.stdout).toContain('44 requests')
    const { stdout } = await world.run([...args, '--json'])
    expect(JSON.parse(stdout).total).toEqual({
      requests: 44,
      rows: 20_160,
      weight: { 'request-weight': 84, 'funding-requests': 2 },
      lanes: 1,
      estimatedSeconds: 0,
    })
    for (const table of ['ohlcv', 'coverage', 'instruments', 'perp_status', 'executions']) {
      expect(await world.database.sql`select 1 from ${world.database.sql(table)} limit 1`).toHaveLength(0)
    }
  })
})

describe('the newest closed minute', () => {
  it('is in, and an open one never', async () => {
    await using world = await createWorld({ clock: { startAt: Date.UTC(2026, 1, 10, 12, 0, 30) } })
    const { code } = await world.run(['backfill', 'ohlcv', '--symbols', 'BTCUSDT', '--since', '2h', '--json'])
    expect(code).toBe(0)
    const [row] = await world.database.sql<{ last: number; count: number }[]>`
      select (extract(epoch from max(ts)) * 1000)::float8 as last, count(*)::int from ohlcv`
    expect(row?.last).toBeGreaterThanOrEqual(Date.UTC(2026, 1, 10, 11, 59))
    expect(row?.last).toBeLessThanOrEqual(world.simulator.now() - 60_000)
    expect(row?.count).toBeGreaterThanOrEqual(119)
  })
})

describe('since listing', () => {
  it('begins with the first candle that the venue has, without a page for each empty year', async () => {
    await using world = await createWorld({ clock: { startAt: Date.UTC(2026, 10, 10) } })
    const { code, stdout } = await world.run([
      'backfill',
      'ohlcv',
      '--symbols',
      'YOUNGUSDT',
      '--since',
      'listing',
      '--json',
    ])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ missingMinutes: 0 })
    const [row] = await world.database.sql<
      { first: string; count: number }[]
    >`select min(ts)::text as first, count(*)::int from ohlcv`
    expect(row?.first).toContain('2026-11-02')
    expect(world.simulator.stats().requests['/fapi/v1/klines']).toBeLessThan((row?.count ?? 0) / 499 + 10)
  })
})

describe('secrets', () => {
  it('are in no output, table, log or error', async () => {
    await using world = await createWorld({
      clock: NOW,
      faults: [{ path: 'klines', every: 2, kind: '500', count: 3 }],
    })
    const secret = 'pr0xy-s3cret'
    const database = new URL(world.database.url)
    const env = {
      PERPCTL_PROXIES: `http://user:${secret}@127.0.0.1:1`,
      COINALYZE_KEY: 'coinalyze-s3cret',
      PERPCTL_LOG_LEVEL: 'debug',
      PERPCTL_LOG_FILE: 'run.log',
    }
    const result = await world.run(
      [
        'backfill',
        'ohlcv',
        '--symbols',
        'BTCUSDT,NOPEUSDT',
        '--since',
        '2026-02-09',
        '--json',
        '--log-level',
        'debug',
      ],
      env,
    )
    const [dump] = await world.database.sql<{ text: string }[]>`
      select string_agg(t::text, ' ') as text from (
        select to_jsonb(s) from perp_status s union all select to_jsonb(e) from perp_errors e union all select to_jsonb(x) from executions x
      ) as t`
    expect(dump?.text).toContain('NOPEUSDT')
    for (const shown of [result.stdout, result.stderr, dump?.text ?? '']) {
      expect(shown).not.toContain(secret)
      expect(shown).not.toContain('coinalyze-s3cret')
      expect(shown).not.toContain(decodeURIComponent(database.password))
    }
  })
})
