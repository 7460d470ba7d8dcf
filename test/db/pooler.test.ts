import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assertRoute, findRoute } from '../../src/db/route.ts'
import { Session } from '../../src/db/session.ts'
import { ConfigurationError } from '../../src/lib/errors.ts'
import { scopeArgs } from '../helpers/case-run.ts'
import { runCli } from '../helpers/cli.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'
import { NOWHERE, readDiagnosis } from '../helpers/doctor.ts'
import { hasPgBouncer, startPgBouncer } from '../helpers/pgbouncer.ts'
import { createWorld, expectTruth } from '../helpers/world.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

const locks = () => database.sql`
  select 1 from pg_locks join pg_database on pg_database.oid = database
  where locktype = 'advisory' and datname = current_database()`

describe('a route to the database', () => {
  it('that leads to the server itself is taken as it is, and leaves no lock', async () => {
    expect(await findRoute(database.url)).toBe(database.url)
    await expect(assertRoute(database.url)).resolves.toBeUndefined()
    expect(await locks()).toHaveLength(0)
  })

  it('on which two clients share a session is refused', async () => {
    const shared = await Session.open(database.url, 'shared')
    const borrow = async (): Promise<Session> => shared
    await expect(assertRoute(database.url, borrow)).rejects.toBeInstanceOf(ConfigurationError)
  })

  it('whose sessions begin with a setting that the values depend on is refused', async () => {
    const name = new URL(database.url).pathname.slice(1)
    const forgetful = async (url: string, application: string): Promise<Session> =>
      Session.open(`${url}?perpctl_pooled=1`, application)
    await expect(assertRoute(database.url, forgetful)).resolves.toBeUndefined()
    await database.sql.unsafe(`alter database ${name} set bytea_output to escape`)
    await expect(assertRoute(database.url, forgetful)).rejects.toThrow(/begin with bytea_output = escape/)
    await expect(assertRoute(database.url)).resolves.toBeUndefined()
    await database.sql.unsafe(`alter database ${name} reset bytea_output`)
  })
})

describe.skipIf(!hasPgBouncer)('PgBouncer', () => {
  const WINDOW = { from: Date.UTC(2026, 1, 1), to: Date.UTC(2026, 1, 2) }
  const ARGS = ['backfill', 'ohlcv', ...scopeArgs(WINDOW), '--json']
  const NOW = { startAt: Date.UTC(2026, 1, 10) }

  it.each([
    { mode: 'transaction', extra: [] },
    { mode: 'transaction', extra: ['default_pool_size = 1'] },
    { mode: 'transaction', extra: ['server_round_robin = 1', 'min_pool_size = 3'] },
    { mode: 'transaction', extra: ['ignore_startup_parameters = options'] },
    { mode: 'statement', extra: [] },
  ] as const)(
    'in $mode mode ($extra) is refused with 4, named, and told what to set',
    async ({ mode, extra }) => {
      await using pooler = await startPgBouncer(database.url, mode, extra)
      const { code, stderr } = await runCli(ARGS, { ...NOWHERE, DATABASE_URL: pooler.url })
      expect(code).toBe(4)
      expect(stderr).toMatch(/127\.0\.0\.1:\d+\/\w+ is a connection pooler \(as PgBouncer\)/)
      expect(stderr).toContain('pool_mode = session')
      expect(stderr.trim().split('\n')).toHaveLength(1)
      const found = readDiagnosis(
        await runCli(['doctor', '--json'], { ...NOWHERE, DATABASE_URL: pooler.url }),
      )
      expect(found.code).toBe(4)
      expect(found.row('database', 'sessions')).toMatchObject({ status: 'failed' })
    },
  )

  it('in session mode serves a run from the migration to the report', async () => {
    await using world = await createWorld({ clock: NOW })
    await using pooler = await startPgBouncer(world.database.url, 'session')
    const env = { DATABASE_URL: pooler.url }
    for (const args of [['db', 'migrate'], ARGS, ['status']]) {
      const { code, stderr } = await world.run(args, env)
      expect([args, code, code === 0 ? '' : stderr]).toEqual([args, 0, ''])
    }
    await expectTruth(world, ['BTCUSDT'], WINDOW)
    const found = readDiagnosis(await world.run(['doctor', '--json'], env))
    expect(found.row('database', 'sessions')).toMatchObject({ status: 'note' })
    expect(found.row('database', 'connection')).toMatchObject({ status: 'ok' })
  })
})
