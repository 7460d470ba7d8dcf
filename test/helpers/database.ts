import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { connect, type Sql } from '../../src/db/connect.ts'
import { withDatabase } from '../../src/db/database-url.ts'

export interface TestDatabase extends AsyncDisposable {
  readonly url: string
  readonly sql: Sql
}

interface Options {
  /** False for a database without any table. */
  readonly isMigrated?: boolean
}

/**
 * A database of the test's own, gone with `await using` or `[Symbol.asyncDispose]()` in `afterAll`, whoever is still
 * connected to it.
 */
export async function createTestDatabase({ isMigrated = true }: Options = {}): Promise<TestDatabase> {
  const serverUrl = inject('serverUrl')
  const name = `perpctl_test_${randomUUID().replaceAll('-', '')}`
  const server = connect(serverUrl, { max: 1 })
  await server`create database ${server(name)} template ${server(isMigrated ? inject('templateName') : 'template0')}`
  const url = withDatabase(serverUrl, name)
  const sql = connect(url)
  return {
    url,
    sql,
    async [Symbol.asyncDispose]() {
      await sql.end({ timeout: 5 })
      await server`drop database if exists ${server(name)} with (force)`
      await server.end()
    },
  }
}
