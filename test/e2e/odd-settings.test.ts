import { expect, it } from 'vitest'
import { connect } from '../../src/db/connect.ts'
import { readSeries } from '../../src/db/coverage-report.ts'
import { withDatabase } from '../../src/db/database-url.ts'
import { scopeArgs } from '../helpers/case-run.ts'
import { CASE_TIME } from '../helpers/cases.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'
import { hashOf } from '../helpers/recorded.ts'
import { createWorld } from '../helpers/world.ts'

const WINDOW = { from: Date.UTC(2026, 1, 1), to: Date.UTC(2026, 1, 2) }
const ARGS = ['backfill', 'all', ...scopeArgs(WINDOW), '--json']

/** Whatever an administrator may have set for other programs; each of them once broke something, or could. */
const ODD_SETTINGS: Readonly<Record<string, string>> = {
  DateStyle: "'SQL, DMY'",
  IntervalStyle: 'sql_standard',
  TimeZone: "'Asia/Kathmandu'",
  bytea_output: 'escape',
  extra_float_digits: '-10',
  array_nulls: 'off',
  transform_null_equals: 'on',
  standard_conforming_strings: 'off',
  client_encoding: 'LATIN1',
  default_transaction_isolation: 'serializable',
  search_path: 'nowhere',
  statement_timeout: '40',
  lock_timeout: '1',
  idle_session_timeout: '50',
  idle_in_transaction_session_timeout: '1',
}

const TABLES: readonly string[] = [
  'ohlcv',
  'funding_rates',
  'open_interest',
  'long_short_ratio',
  'liquidations',
  'taker_volume',
  'rsi',
  'mt_index',
]

async function hashAll({ sql }: TestDatabase): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {}
  for (const table of TABLES) {
    const rows = await sql.unsafe<{ line: string }[]>(`select t::text as line from public.${table} t`)
    hashes[table] = `${rows.length} ${hashOf(rows.map(({ line }) => line).toSorted())}`
  }
  const coverage = await sql<{ line: string }[]>`
    select (venue, symbol, dataset, covered, absent)::text as line from public.coverage`
  hashes.coverage = hashOf(coverage.map(({ line }) => line).toSorted())
  return hashes
}

/** Without what the clock has changed between two questions. */
const coverageTold = (stdout: string): unknown => {
  const { totals, symbols } = JSON.parse(stdout).coverage
  const still = ({ updatedAt, dueTo, lagSeconds, ...rest }: Record<string, unknown>): unknown => rest
  return [totals, symbols].map((rows) => rows.map(still))
}

/** All of it as it stands at one time. */
async function seriesTold(url: string): Promise<unknown> {
  const sql = connect(url, { max: 1 })
  try {
    const series = await readSeries(sql, { venue: 'binance', now: CASE_TIME })
    return series.map(({ updatedAt, ...rest }) => rest)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

it('stores and tells the same whatever the database and the role are set to', async () => {
  await using world = await createWorld({ clock: { startAt: CASE_TIME } })
  await using odd = await createTestDatabase()
  const at = new URL(odd.url)
  const name = at.pathname.slice(1)
  const role = `odd_settings_${process.pid}`
  await odd.sql.unsafe(`create role ${role} login password 'odd'; grant all on all tables in schema public to ${role};
    grant all on all sequences in schema public to ${role}`)
  try {
    // Half of them come from the database, half from the role.
    for (const [index, [setting, value]] of Object.entries(ODD_SETTINGS).entries()) {
      const owner = index % 2 === 0 ? `database ${name}` : `role ${role}`
      await odd.sql.unsafe(`alter ${owner} set ${setting} = ${value}`)
    }
    at.username = role
    at.password = 'odd'
    const env = { DATABASE_URL: withDatabase(at.href, name) }
    const results = [await world.run(ARGS), await world.run(ARGS, env)]
    expect(results.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual([
      [0, ''],
      [0, ''],
    ])
    const plain = await hashAll(world.database)
    expect(plain.rsi).toMatch(/^2\d{3} /)
    expect(await hashAll(odd)).toEqual(plain)
    // Made anew from what is stored, as a run from another time would.
    await Promise.all(
      [world.database, odd].map(
        ({ sql }) => sql`delete from public.coverage where dataset in ('rsi', 'tv', 'mt')`,
      ),
    )
    const again = ['backfill', 'rsi-tv', ...scopeArgs(WINDOW), '--json']
    expect([(await world.run(again)).code, (await world.run(again, env)).code]).toEqual([0, 0])
    expect(await hashAll(odd)).toEqual(await hashAll(world.database))
    const [told, oddlyTold] = [
      await world.run(['status', '--json']),
      await world.run(['status', '--json'], env),
    ]
    expect(coverageTold(oddlyTold.stdout)).toEqual(coverageTold(told.stdout))
    expect(await seriesTold(env.DATABASE_URL)).toEqual(await seriesTold(world.database.url))
  } finally {
    await odd.sql.unsafe(`drop owned by ${role}; drop role ${role}`)
  }
})
