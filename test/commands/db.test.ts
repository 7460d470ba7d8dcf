import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { withDatabase } from '../../src/db/database-url.ts'
import { migrate } from '../../src/db/migrate.ts'
import { MIGRATION_FILES } from '../../src/db/migrations.generated.ts'
import { runCli } from '../helpers/cli.ts'
import { createTestDatabase } from '../helpers/database.ts'
import { makeTestHome, type TestHome } from '../helpers/embedded-home.ts'

const NAMES = MIGRATION_FILES.map(({ name }) => name)

let made: TestHome
beforeAll(async () => {
  made = await makeTestHome()
})
afterAll(async () => await made[Symbol.asyncDispose]())

const run = async (args: readonly string[], env = {}) =>
  await runCli(['db', ...args], { PERPCTL_HOME: made.home, ...env })

test('the embedded server from nothing to stopped, for people and for scripts', async () => {
  const before = await run(['status'])
  expect(before).toMatchObject({ code: 0, stderr: '' })
  expect(before.stdout).toBe(
    `There is no embedded PostgreSQL yet; its data will be in ${join(made.home, 'postgres', 'data')}\n`,
  )
  const start = await run(['start', '--json'])
  expect(start.code).toBe(0)
  const { pid, port, dataFolder } = JSON.parse(start.stdout)
  expect(JSON.parse(start.stdout)).toMatchObject({
    started: true,
    dataFolder: join(made.home, 'postgres', 'data'),
  })
  expect((await run(['start'])).stdout).toBe(
    `The embedded PostgreSQL already runs: process ${pid}, port ${port}, data in ${dataFolder}\n`,
  )
  const url = (await run(['url'])).stdout
  expect(url).toMatch(new RegExp(`^postgresql://perpctl:[0-9a-f]+@127\\.0\\.0\\.1:${port}/perpctl\n$`))
  expect(JSON.parse((await run(['url', '--json'])).stdout)).toEqual({ url: url.trim() })
  expect(JSON.parse((await run(['migrate', '--json'])).stdout)).toEqual({
    database: `127.0.0.1:${port}/perpctl`,
    applied: NAMES,
  })
  expect((await run(['migrate'])).stdout).toBe(`127.0.0.1:${port}/perpctl is up to date\n`)
  expect(JSON.parse((await run(['stop', '--json'])).stdout)).toEqual({ stopped: true })
  expect((await run(['stop'])).stdout).toBe('The embedded PostgreSQL was not running\n')
  expect(JSON.parse((await run(['status', '--json'])).stdout)).toMatchObject({
    running: false,
    initialised: true,
  })
})

test('db migrate works on DATABASE_URL, and --list shows without applying', async () => {
  await using database = await createTestDatabase({ isMigrated: false })
  const env = { DATABASE_URL: database.url }
  const list = await run(['migrate', '--list', '--json'], env)
  expect(JSON.parse(list.stdout).migrations).toEqual(NAMES.map((name) => ({ name, appliedAt: null })))
  expect((await run(['migrate', '--list'], env)).stdout).toBe(
    NAMES.map((name) => `${name}  pending\n`).join(''),
  )
  expect(JSON.parse((await run(['migrate', '--json'], env)).stdout).applied).toEqual(NAMES)
  expect((await run(['migrate', '--list'], env)).stdout).toMatch(
    /^001_\S+ {2}applied \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n/,
  )
})

test('a database that is newer or not there ends db migrate with 5 and a hint', async () => {
  await using database = await createTestDatabase()
  await migrate(database.sql, [...MIGRATION_FILES, { name: '999_future.sql', sql: 'select 1' }])
  const newer = await run(['migrate'], { DATABASE_URL: database.url })
  expect(newer).toMatchObject({ code: 5, stdout: '' })
  expect(newer.stderr).toBe(
    'perpctl: the database is newer than this perpctl: it has the migration 999_future.sql; update perpctl\n',
  )
  const missing = withDatabase(inject('serverUrl'), 'no_such_database')
  const absent = await run(['migrate', '--json'], { DATABASE_URL: missing })
  expect(absent.code).toBe(5)
  expect(JSON.parse(absent.stdout).error).toMatchObject({ code: 'database', exit: 5 })
})

test('with DATABASE_URL set, db url says on stderr that other commands use that one', async () => {
  const result = await run(['url'], { DATABASE_URL: 'postgresql://user:secret@db.example/market' })
  expect(result.code).toBe(0)
  expect(result.stdout).toMatch(/^postgresql:\/\/perpctl:/)
  expect(result.stderr).toContain('other commands use db.example:5432/market, not this server\n')
  expect(result.stderr).not.toContain('secret')
})

test('a home that is a file ends with 4', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'perpctl-file-'))
  await writeFile(join(folder, 'home'), '')
  const result = await run(['start'], { PERPCTL_HOME: join(folder, 'home') })
  await rm(folder, { recursive: true })
  expect(result).toMatchObject({ code: 4, stdout: '' })
  expect(result.stderr).toContain('(PERPCTL_HOME) cannot be made a folder')
})
