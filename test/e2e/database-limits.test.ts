import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withDatabase } from '../../src/db/database-url.ts'
import { ensureEmbedded } from '../../src/db/embedded/ensure.ts'
import { stopEmbedded } from '../../src/db/embedded/stop.ts'
import { Session } from '../../src/db/session.ts'
import { PostgresStore } from '../../src/db/store.ts'
import { StreamClaims } from '../../src/db/stream-claims.ts'
import { scopeArgs } from '../helpers/case-run.ts'
import { runCli } from '../helpers/cli.ts'
import { NOWHERE, readDiagnosis } from '../helpers/doctor.ts'
import { makeTestHome } from '../helpers/embedded-home.ts'
import { createWorld, type World } from '../helpers/world.ts'

const NOW = { startAt: Date.UTC(2026, 1, 10) }
const WINDOW = { from: Date.UTC(2026, 1, 1), to: Date.UTC(2026, 1, 2) }
const ARGS = ['backfill', 'ohlcv', ...scopeArgs(WINDOW), '--db-timeout', '1s', '--json']

let world: World
beforeAll(async () => {
  world = await createWorld({ clock: NOW })
})
afterAll(() => world[Symbol.asyncDispose]())

/** A role of the test's own with all rights on the tables. */
async function withRole(work: (role: string, url: string) => Promise<void>): Promise<void> {
  const { sql, url } = world.database
  const role = `limited_${process.pid}`
  const at = new URL(url)
  at.username = role
  at.password = 'limited'
  await sql.unsafe(`create role ${role} login password 'limited'; grant all on all tables in schema public to ${role};
    grant all on all sequences in schema public to ${role}`)
  try {
    await work(role, withDatabase(at.href, new URL(url).pathname.slice(1)))
  } finally {
    await sql.unsafe(`drop owned by ${role}; drop role ${role}`)
  }
}

interface Recorded {
  readonly failure_type: string | null
  readonly errors: string[] | null
}

const lastRun = async (): Promise<Recorded | undefined> => {
  const [row] = await world.database.sql<Recorded[]>`
    select failure_type, (select array_agg(error_type) from perp_errors e where e.execution_id = run.execution_id) as errors
    from executions run order by start_time desc limit 1`
  return row
}

describe('a run that ends for the database', () => {
  it('without connections waits, ends with 5 and what to raise, and is recorded', async () => {
    await withRole(async (role, url) => {
      // One for the journal and one for the budgets: none for the rows.
      await world.database.sql.unsafe(`alter role ${role} connection limit 3`)
      const { code, stdout, stderr } = await world.run(ARGS, { DATABASE_URL: url })
      expect(code).toBe(5)
      const { error } = JSON.parse(stdout)
      expect(error).toMatchObject({
        code: 'database',
        message: expect.stringContaining('no connection left'),
      })
      expect(error.hint).toContain('max_connections')
      expect(stderr).not.toMatch(/^\s+at /m)
      expect(await lastRun()).toEqual({
        failure_type: 'database',
        errors: expect.arrayContaining(['database']),
      })
    })
  })

  it('with statements that may not take long ends with 5 and what to raise, and is recorded', async () => {
    const url = `${world.database.url}?options=-c%20statement_timeout%3D300`
    // Whoever writes is held up.
    await world.database.sql.begin(async (sql) => {
      await sql`lock table ohlcv in share mode`
      const { code, stdout, stderr } = await world.run(ARGS, { DATABASE_URL: url })
      expect([code, stderr.includes('raise statement_timeout')]).toEqual([5, true])
      expect(JSON.parse(stdout).error).toMatchObject({
        code: 'database',
        hint: expect.stringContaining('raise statement_timeout'),
      })
      expect(stderr).not.toMatch(/^\s+at /m)
    })
    expect(await lastRun()).toEqual({ failure_type: 'database', errors: ['database'] })
  })
})

describe('a session that says nothing for long', () => {
  it('is ended by a server that does not want it, and comes back with its claims', async () => {
    const { sql, url } = world.database
    const run = '33333333-3333-4333-8333-333333333333'
    const patience = {
      url: `${url}?options=-c%20idle_session_timeout%3D300`,
      run,
      timeoutMs: 5_000,
      onWait: () => {},
    }
    await using store = new PostgresStore('binance', patience)
    await store.claim('ohlcv', 'AUSDT')
    const sessions = () =>
      sql`select 1 from pg_stat_activity where application_name = ${`perpctl claims ${run}`}`
    await expect.poll(sessions, { timeout: 120_000 }).toHaveLength(0)
    await store.claim('ohlcv', 'BUSDT')
    const held = await sql`select 1 from pg_locks join pg_stat_activity using (pid)
      where locktype = 'advisory' and application_name = ${`perpctl claims ${run}`}`
    expect(held).toHaveLength(2)
  })
})

describe('a server without room for more locks', () => {
  it('is told as that, with what to raise, by runs, streams and doctor', async () => {
    await using made = await makeTestHome()
    const { url: before } = await ensureEmbedded(made.home)
    await using setUp = await Session.open(before, 'test')
    await setUp.client.query('alter system set max_connections = 12')
    await setUp.client.query('alter system set max_locks_per_transaction = 10')
    await setUp[Symbol.asyncDispose]()
    await stopEmbedded(made.home)
    const { url } = await ensureEmbedded(made.home)
    const executionId = '11111111-1111-4111-8111-111111111111'
    await using claims = await StreamClaims.open({
      url,
      venue: 'binance',
      executionId,
      onTakenOver: () => {},
    })
    await using greedy = await Session.open(url, 'test')
    await expect(
      greedy.client.query('select pg_advisory_lock(n) from generate_series(1, 100000) as n'),
    ).rejects.toMatchObject({ code: '53200' })
    await using store = new PostgresStore('binance', { url, timeoutMs: 1_000, onWait: () => {} })
    const told = { exit: 5, hint: expect.stringContaining('max_locks_per_transaction') }
    await expect(claimMany(store)).rejects.toMatchObject(told)
    const symbols = Array.from({ length: 10_000 }, (_, at) => `S${at}USDT`)
    await expect(claims.take(symbols)).rejects.toMatchObject(told)
    await greedy.client.query('select pg_advisory_unlock_all()')
    const found = readDiagnosis(await runCli(['doctor', '--json'], { ...NOWHERE, DATABASE_URL: url }))
    expect(found.row('database', 'locks')).toMatchObject({ status: 'warning', details: { locks: 120 } })
  })
})

async function claimMany(store: PostgresStore): Promise<void> {
  for (let at = 0; at < 20_000; at += 1) await store.claim('ohlcv', `S${at}USDT`)
}
