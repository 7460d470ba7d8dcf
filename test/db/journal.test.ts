import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createJournal } from '../../src/db/journal.ts'
import type { ExecutionCounts } from '../../src/lib/ports.ts'
import { createRedactor } from '../../src/lib/text/secrets.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

const counts: ExecutionCounts = {
  requests: 7,
  rowsFetched: 60,
  rowsInserted: 50,
  rowsUpdated: 4,
  errors: 2,
  warnings: 1,
}

function openJournal(executionId = randomUUID(), secrets: readonly string[] = []) {
  const run = { executionId, script: 'backfill ohlcv', version: '1.2.3' }
  return { executionId, journal: createJournal(database.sql, run, createRedactor(secrets)) }
}

const statusOf = (executionId: string) =>
  database.sql`select script_name, status, message, details from perp_status where execution_id = ${executionId} order by task_id`
const errorsOf = (executionId: string) =>
  database.sql`select script_name, error_type, error_message, details from perp_errors where execution_id = ${executionId} order by error_id`

describe('the journal of a run', () => {
  it('records the run and one Started row, however often the start is tried', async () => {
    const { executionId, journal } = openJournal()
    await journal.start({ venue: 'binance' })
    await journal.start({ venue: 'binance' })
    const details = { params: { venue: 'binance' }, version: '1.2.3', host: hostname(), pid: process.pid }
    expect([...(await statusOf(executionId))]).toEqual([
      { script_name: 'backfill ohlcv', status: 'Started', message: 'backfill ohlcv started', details },
    ])
    const runs = await database.sql`
      select script_name, params, version, host, pid, end_time from executions where execution_id = ${executionId}`
    expect([...runs]).toEqual([
      {
        script_name: 'backfill ohlcv',
        params: { venue: 'binance' },
        version: '1.2.3',
        host: hostname(),
        pid: process.pid,
        end_time: null,
      },
    ])
  })

  it('keeps the counts of each heartbeat and how the run ended', async () => {
    const { executionId, journal } = openJournal()
    await journal.start({})
    await journal.heartbeat(counts)
    await journal.status('Completed', 'done', { rows: 60 })
    await journal.finish(false, 'partial', { ...counts, requests: 9 }, { seconds: 3 })
    const [run] = await database.sql`
      select success, failure_type, requests, rows_fetched, rows_inserted, rows_updated, error_count, warning_count,
        performance_summary, end_time >= start_time as is_ended
      from executions where execution_id = ${executionId}`
    expect(run).toEqual({
      success: false,
      failure_type: 'partial',
      requests: '9',
      rows_fetched: '60',
      rows_inserted: '50',
      rows_updated: '4',
      error_count: '2',
      warning_count: '1',
      performance_summary: { seconds: 3 },
      is_ended: true,
    })
    expect((await statusOf(executionId)).map((row) => row.status)).toEqual(['Started', 'Completed'])
  })

  it('hides secrets in messages, in details at any depth and in parameters', async () => {
    const { executionId, journal } = openJournal(undefined, ['hunter2secret'])
    await journal.start({ proxies: ['http://me:pw@10.0.0.1:8080'], coinalyzeKey: 'hunter2secret' })
    await journal.status('Running', 'via http://me:pw@10.0.0.1:8080', { a: [{ b: 'x?api_key=abc&y=1' }] })
    await journal.failures([
      {
        type: 'network',
        message: 'hunter2secret was refused',
        details: { password: 'x', url: 'redis://:p@h' },
      },
    ])
    const [started, running] = await statusOf(executionId)
    expect(started?.details.params).toEqual({ proxies: ['http://***@10.0.0.1:8080'], coinalyzeKey: '***' })
    expect(running).toMatchObject({
      message: 'via http://***@10.0.0.1:8080',
      details: { a: [{ b: 'x?api_key=***&y=1' }] },
    })
    expect([...(await errorsOf(executionId))]).toEqual([
      {
        script_name: 'backfill ohlcv',
        error_type: 'network',
        error_message: '*** was refused',
        details: { password: '***', url: 'redis://***@h' },
      },
    ])
  })

  it('stores what PostgreSQL would refuse: NUL, half a surrogate pair, more than fits', async () => {
    const { executionId, journal } = openJournal()
    await journal.start({})
    await journal.failures([
      {
        type: 'payload',
        message: 'a\u0000b\ud83d',
        details: { sample: 'c\u0000\udc00', size: 10n, 'key\u0000': 1 },
      },
      { type: 'payload', message: 'long', details: { rows: Array.from({ length: 9_000 }, () => 'abcdef') } },
    ])
    const [odd, long] = await errorsOf(executionId)
    expect(odd).toMatchObject({
      error_message: 'a\ufffdb\ufffd',
      details: { sample: 'c\ufffd\ufffd', size: '10', 'key\ufffd': 1 },
    })
    expect(Object.keys(long?.details ?? {})).toEqual(['cut'])
  })

  it('stores no text that breaks a line, steers a terminal or turns the direction of another', async () => {
    const { executionId, journal } = openJournal()
    await journal.start({})
    const forged = 'no\n2026-02-01 13:52:44 UTC backfill| Completed\u001b[31m\u202e!'
    await journal.status('Running', forged, { symbol: 'BTC\u200bUSDT' })
    await journal.failures([{ type: 'payload', message: forged, details: { sample: forged } }])
    const told = 'no 2026-02-01 13:52:44 UTC backfill| Completed\ufffd!'
    expect((await statusOf(executionId)).at(-1)).toMatchObject({
      message: told,
      details: { symbol: 'BTC\ufffdUSDT' },
    })
    expect(await errorsOf(executionId)).toMatchObject([{ error_message: told, details: { sample: told } }])
  })

  it('keeps the other failures of a batch when the server refuses one', async () => {
    const { executionId, journal } = openJournal()
    await journal.start({})
    const rows = ['first', 'bad', 'last'].map((message) => ({ type: 'bad_row', message, details: {} }))
    const { sql } = database
    await sql`alter table perp_errors add constraint picky check (error_message <> 'bad')`
    await journal.failures(rows)
    await sql`alter table perp_errors drop constraint picky`
    expect((await errorsOf(executionId)).map((row) => `${row.error_type} ${row.error_message}`)).toEqual([
      'bad_row first',
      'unrecorded a failure could not be recorded',
      'bad_row last',
    ])
  })

  it('removes status rows after 30 days and errors after 90 when a run starts', async () => {
    const id = randomUUID()
    const { sql } = database
    for (const days of [29, 31]) {
      await sql`insert into perp_status (ts, script_name, status, execution_id) values (now() - make_interval(days => ${days}), 's', ${String(days)}, ${id})`
    }
    for (const days of [89, 91]) {
      await sql`insert into perp_errors (ts, script_name, error_type, execution_id) values (now() - make_interval(days => ${days}), 's', ${String(days)}, ${id})`
    }
    await openJournal().journal.start({})
    expect((await statusOf(id)).map((row) => row.status)).toEqual(['29'])
    expect((await errorsOf(id)).map((row) => row.error_type)).toEqual(['89'])
  })
})
