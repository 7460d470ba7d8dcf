import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { connect } from '../../src/db/connect.ts'
import { createJournal } from '../../src/db/journal.ts'
import { RunEventBus } from '../../src/lib/events.ts'
import { openJournalSubscriber } from '../../src/lib/progress/journal-subscriber.ts'
import { createRedactor } from '../../src/lib/text/secrets.ts'
import { createTestDatabase } from '../helpers/database.ts'

it('records what happened while the database took no connections, each failure once', async () => {
  await using database = await createTestDatabase()
  await using server = await createTestDatabase({ isMigrated: false })
  const name = new URL(database.url).pathname.slice(1)
  const sql = connect(database.url, { max: 1 })
  const executionId = randomUUID()
  const journal = createJournal(sql, { executionId, script: 'stream', version: '1' }, createRedactor())
  const bus = new RunEventBus()
  const subscriber = openJournalSubscriber(bus, { journal, closeTimeoutMs: 40_000 })
  const fail = (message: string): void =>
    bus.emit('failure', { type: 'network', message, details: {}, severity: 'warning' })
  const messages = async (): Promise<string[]> =>
    (await database.sql`select error_message from perp_errors order by error_id`).map(
      (row) => row.error_message,
    )

  bus.emit('run:start', { executionId, script: 'stream', params: {} })
  fail('before')
  while ((await messages()).length === 0) await sleep(50)

  await server.sql`alter database ${server.sql(name)} with allow_connections false`
  await server.sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`
  fail('during')
  await sleep(1_500)
  await server.sql`alter database ${server.sql(name)} with allow_connections true`
  fail('after')
  await subscriber.close()
  await sql.end()

  expect(await messages()).toEqual(['before', 'during', 'after'])
  const [run] =
    await database.sql`select success, failure_type from executions where execution_id = ${executionId}`
  expect(run).toEqual({ success: false, failure_type: 'aborted' })
})
