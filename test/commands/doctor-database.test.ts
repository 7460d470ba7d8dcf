import { createServer } from 'node:net'
import { describe, expect, inject, it } from 'vitest'
import { withDatabase } from '../../src/db/database-url.ts'
import { findMissingRights } from '../../src/db/health/rights.ts'
import { migrate } from '../../src/db/migrate.ts'
import { MIGRATION_FILES } from '../../src/db/migrations.generated.ts'
import { runCli } from '../helpers/cli.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'
import { type Diagnosis, NOWHERE, readDiagnosis } from '../helpers/doctor.ts'

const NAMES = MIGRATION_FILES.map(({ name }) => name)
const PASSWORD = 'db-s3cret-of-the-test'

const examine = async (url: string, ...args: readonly string[]): Promise<Diagnosis> =>
  readDiagnosis(await runCli(['doctor', '--json', ...args], { ...NOWHERE, DATABASE_URL: url }))

const databaseRows = ({ statuses }: Diagnosis): Record<string, string> =>
  Object.fromEntries(
    Object.entries(statuses)
      .filter(([name]) => name.startsWith('database '))
      .map(([name, status]) => [name.slice('database '.length), status]),
  )

/** A role of the test's own that may log in. */
async function withRole(
  { sql, url }: TestDatabase,
  work: (role: string, url: string) => Promise<void>,
): Promise<void> {
  const role = `doctor_${process.pid}`
  const at = new URL(url)
  at.username = role
  at.password = PASSWORD
  await sql.unsafe(`create role ${role} login password '${PASSWORD}'`)
  try {
    await work(role, at.href)
  } finally {
    await sql.unsafe(`drop owned by ${role}; drop role ${role}`)
  }
}

describe('a database', () => {
  it('that is not migrated: run db migrate', async () => {
    await using database = await createTestDatabase({ isMigrated: false })
    const found = await examine(database.url)
    expect(found.code).toBe(5)
    expect(found.row('database', 'tables')).toMatchObject({
      status: 'failed',
      message: `${NAMES.length} of ${NAMES.length} migrations are missing: ${NAMES.join(', ')}`,
      hint: 'run `perpctl db migrate`',
    })
    expect(databaseRows(found)).toMatchObject({ connection: 'ok', rights: 'ok', size: 'ok' })
    expect(found.summary).toBe('3 problems: tables (database), direct (lanes), direct (feed)')
  })

  it('that is newer: update perpctl', async () => {
    await using database = await createTestDatabase()
    await migrate(database.sql, [...MIGRATION_FILES, { name: '999_future.sql', sql: 'select 1' }])
    const found = await examine(database.url)
    expect(found.code).toBe(5)
    expect(found.row('database', 'tables')).toMatchObject({
      status: 'failed',
      message: 'the database is newer than this perpctl: it has the migration 999_future.sql',
      hint: 'update perpctl',
    })
  })

  it('that is down: said where, and the rest is not looked at', async () => {
    const found = await examine(`postgresql://user:${PASSWORD}@127.0.0.1:1/market`)
    expect(found.code).toBe(5)
    const { message, hint } = found.row('database', 'connection')
    expect(message).toBe('database 127.0.0.1:1/market is not reachable: nothing answers there')
    expect(hint).toContain('start the server')
    expect(databaseRows(found)).toEqual({
      connection: 'failed',
      sessions: 'skipped',
      version: 'skipped',
      tables: 'skipped',
      rights: 'skipped',
      extensions: 'skipped',
      'time zone': 'skipped',
      'server clock': 'skipped',
      locks: 'skipped',
      size: 'skipped',
      space: 'skipped',
    })
  })

  it('that takes connections and says nothing is given up in time', async () => {
    const server = createServer(() => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const found = await examine(`postgresql://user@127.0.0.1:${port}/market`, '--request-timeout', '1s')
    server.close()
    expect(found.code).toBe(5)
    expect(found.row('database', 'connection').message).toBe(
      `database 127.0.0.1:${port}/market did not answer within 1s`,
    )
  })

  it('that does not exist, or a password that is wrong, is said as such and never shown', async () => {
    const missing = await examine(withDatabase(inject('serverUrl'), 'no_such_database'))
    expect(missing.row('database', 'connection')).toMatchObject({
      status: 'failed',
      details: { code: '3D000' },
    })
    const url = new URL(inject('serverUrl'))
    url.password = PASSWORD
    const wrong = await examine(url.href)
    expect([missing.code, wrong.code]).toEqual([5, 5])
    expect(wrong.row('database', 'connection')).toMatchObject({
      status: 'failed',
      hint: 'check DATABASE_URL: user and password',
      details: { code: '28P01' },
    })
    expect(JSON.stringify(wrong.rows)).not.toContain(PASSWORD)
  })

  it('whose url cannot be read is a matter of configuration', async () => {
    const found = await examine(`postgresql://user:${PASSWORD}@a,b/market`)
    expect(found.code).toBe(4)
    expect(found.statuses).toMatchObject({
      'configuration database url': 'failed',
      'database connection': 'skipped',
    })
    expect(JSON.stringify(found.rows)).not.toContain(PASSWORD)
  })

  it('with another time zone is a note, as psql shows other times', async () => {
    await using database = await createTestDatabase()
    const name = new URL(database.url).pathname.slice(1)
    await database.sql.unsafe(`alter database ${name} set timezone to 'Asia/Tokyo'`)
    const { row } = await examine(database.url)
    expect(row('database', 'time zone')).toMatchObject({
      status: 'note',
      details: { timeZone: 'Asia/Tokyo' },
    })
  })

  it('that takes no writes cannot be used', async () => {
    await using database = await createTestDatabase()
    const name = new URL(database.url).pathname.slice(1)
    await database.sql.unsafe(`alter database ${name} set default_transaction_read_only to on`)
    const { code, row } = await examine(database.url)
    expect(code).toBe(5)
    expect(row('database', 'rights')).toMatchObject({
      status: 'failed',
      message: `${name} takes no writes: it is a standby or read-only`,
    })
  })
})

describe('the rights', () => {
  it('are looked for on every table that the migrations make', async () => {
    await using database = await createTestDatabase()
    expect(await findMissingRights(database.sql)).toEqual([])
    const tables = await database.sql<{ name: string }[]>`
      select tablename as name from pg_tables
      where schemaname = 'public' and tablename <> 'perpctl_migrations' order by 1`
    await withRole(database, async (role, url) => {
      await database.sql.unsafe(`grant select on perpctl_migrations to ${role}`)
      const { code, row } = await examine(url)
      const { missing } = row('database', 'rights').details as { missing: string[] }
      expect(code).toBe(5)
      expect(missing.filter((right) => right.startsWith('insert on ')).toSorted()).toEqual(
        tables.map(({ name }) => `insert on ${name}`),
      )
      expect(missing).toContain('use of the sequence perp_status_task_id_seq')
    })
  })

  it('that are there but for one are told by that one', async () => {
    await using database = await createTestDatabase()
    const name = new URL(database.url).pathname.slice(1)
    await withRole(database, async (role, url) => {
      await database.sql.unsafe(`
        grant all on all tables in schema public to ${role};
        grant all on all sequences in schema public to ${role};
        revoke insert on ohlcv from ${role}`)
      const first = await examine(url)
      expect(first.row('database', 'rights')).toMatchObject({
        status: 'failed',
        message: `user ${role} lacks insert on ohlcv`,
        details: { missing: ['insert on ohlcv'] },
      })
      await database.sql.unsafe(`
        grant insert on ohlcv to ${role}; revoke temporary on database ${name} from public`)
      const second = await examine(url)
      expect(second.row('database', 'rights').details).toMatchObject({ missing: ['temporary tables'] })
      expect(JSON.stringify([first.rows, second.rows])).not.toContain(PASSWORD)
    })
  })

  it('to make tables are missed before the migrations are', async () => {
    await using database = await createTestDatabase({ isMigrated: false })
    await withRole(database, async (role, url) => {
      const { code, row } = await examine(url)
      expect(code).toBe(5)
      expect(row('database', 'rights')).toMatchObject({
        status: 'failed',
        message: `user ${role} may not make tables in the schema public`,
      })
    })
  })
})
