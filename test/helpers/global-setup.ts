import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { connect, ensureDatabase } from '../../src/db/connect.ts'
import { ensureEmbedded } from '../../src/db/embedded/ensure.ts'
import { stopEmbedded } from '../../src/db/embedded/stop.ts'
import { migrate } from '../../src/db/migrate.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A database that may be used to reach the server: create databases, but no tables. */
    readonly serverUrl: string
    /** Migrated and empty, cloned for each test database. */
    readonly templateName: string
  }
}

const TEMPLATE = `perpctl_template_${process.pid}`

interface Server extends AsyncDisposable {
  readonly url: string
}

async function startServer(): Promise<Server> {
  const home = await mkdtemp(join(tmpdir(), 'perpctl-test-server-'))
  // As root the server runs as another user, who has to reach its data.
  await chmod(home, 0o711)
  const { url } = await ensureEmbedded(home)
  const sql = connect(url, { max: 1 })
  // Nothing here has to survive a power cut.
  await sql`alter system set fsync = off`
  await sql`alter system set full_page_writes = off`
  await sql`alter system set autovacuum = off`
  await sql`select pg_reload_conf()`
  await sql.end({ timeout: 1 })
  return {
    url,
    async [Symbol.asyncDispose]() {
      await stopEmbedded(home)
      await rm(home, { recursive: true, force: true })
    },
  }
}

async function makeTemplate(url: string): Promise<void> {
  const sql = connect(await ensureDatabase(url, TEMPLATE), { max: 1 })
  await migrate(sql)
  await sql.end({ timeout: 1 })
}

async function dropTemplate(url: string): Promise<void> {
  const sql = connect(url, { max: 1 })
  await sql`drop database if exists ${sql(TEMPLATE)} with (force)`
  await sql.end({ timeout: 1 })
}

/** One server and one migrated template for the whole test run; `PERPCTL_TEST_DATABASE_URL` names another server. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.PERPCTL_TEST_DATABASE_URL
  await using cleanUp = new AsyncDisposableStack()
  const url = given ?? cleanUp.use(await startServer()).url
  await makeTemplate(url)
  cleanUp.defer(async () => await dropTemplate(url))
  project.provide('serverUrl', url)
  project.provide('templateName', TEMPLATE)
  const kept = cleanUp.move()
  return async () => await kept.disposeAsync()
}
