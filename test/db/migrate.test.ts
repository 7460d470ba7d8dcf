import { afterEach, beforeEach, expect, test } from 'vitest'
import { connect } from '../../src/db/connect.ts'
import { assertMigrated, listMigrations, type MigrationFile, migrate } from '../../src/db/migrate.ts'
import { MIGRATION_FILES } from '../../src/db/migrations.generated.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'
import { runNode } from '../helpers/node-process.ts'

const NAMES = MIGRATION_FILES.map(({ name }) => name)
const FILES: readonly MigrationFile[] = [
  { name: '001_one.sql', sql: 'create table one (a int);\ncreate index on one (a);\n' },
  { name: '002_two.sql', sql: 'create table two (a int)' },
]

let database: TestDatabase
beforeEach(async () => {
  database = await createTestDatabase({ isMigrated: false })
})
afterEach(async () => await database[Symbol.asyncDispose]())

async function tables(): Promise<string[]> {
  const rows = await database.sql`select tablename from pg_tables where schemaname = 'public' order by 1`
  return rows.map((row) => row.tablename)
}

test('a fresh database gets every migration once, in order, and then none', async () => {
  const before = Date.now()
  expect((await listMigrations(database.sql)).map(({ appliedAt }) => appliedAt)).toEqual(
    NAMES.map(() => null),
  )
  expect(await migrate(database.sql)).toEqual(NAMES)
  expect(await migrate(database.sql)).toEqual([])
  const list = await listMigrations(database.sql)
  expect(list.map(({ name }) => name)).toEqual(NAMES)
  for (const { appliedAt } of list) expect(Math.abs((appliedAt ?? 0) - before)).toBeLessThan(60_000)
  expect(await tables()).toEqual(
    expect.arrayContaining(['coverage', 'ohlcv', 'perp_status', 'perpctl_migrations']),
  )
  await assertMigrated(database.sql)
})

test('a later migration is applied on top', async () => {
  await migrate(database.sql, FILES.slice(0, 1))
  await expect(assertMigrated(database.sql, FILES)).rejects.toMatchObject({
    message: 'the database lacks the migration 002_two.sql',
    hint: 'run `perpctl db migrate` first',
    exit: 5,
  })
  expect(await migrate(database.sql, FILES)).toEqual(['002_two.sql'])
  expect(await tables()).toEqual(['one', 'perpctl_migrations', 'two'])
})

test('twenty connections at once: each migration is applied by one of them', async () => {
  const pools = Array.from({ length: 20 }, () => connect(database.url, { max: 1 }))
  const applied = await Promise.all(pools.map(async (sql) => await migrate(sql, FILES)))
  await Promise.all(pools.map(async (sql) => await sql.end({ timeout: 1 })))
  expect(applied.flat().toSorted()).toEqual(['001_one.sql', '002_two.sql'])
})

test('twenty processes at once: each migration is applied by one of them', async () => {
  const code = `
    import { connect } from 'src:db/connect.ts'
    import { migrate } from 'src:db/migrate.ts'
    const sql = connect(process.env.URL, { max: 1 })
    console.log(JSON.stringify(await migrate(sql)))
    await sql.end({ timeout: 1 })`
  const env = { ...process.env, URL: database.url }
  const results = await Promise.all(Array.from({ length: 20 }, async () => await runNode(code, { env })))
  expect(results.map(({ code: status, stderr }) => [status, stderr])).toEqual(results.map(() => [0, '']))
  expect(results.flatMap(({ stdout }) => JSON.parse(stdout)).toSorted()).toEqual(NAMES)
})

test('a file that was changed after it was applied is told by name', async () => {
  await migrate(database.sql, FILES)
  const changed = FILES.map((file) => ({ ...file, sql: `${file.sql} -- changed` }))
  const expected = {
    message: 'the migration 001_one.sql was changed after it was applied to this database',
    exit: 5,
  }
  await expect(migrate(database.sql, changed)).rejects.toMatchObject(expected)
  await expect(assertMigrated(database.sql, changed)).rejects.toMatchObject(expected)
})

test('other line ends are the same migration', async () => {
  await migrate(database.sql, FILES)
  const onWindows = FILES.map((file) => ({ ...file, sql: file.sql.replaceAll('\n', '\r\n') }))
  expect(await migrate(database.sql, onWindows)).toEqual([])
})

test('a newer database is left alone', async () => {
  await migrate(database.sql, FILES)
  const old = FILES.slice(0, 1)
  const expected = {
    message: 'the database is newer than this perpctl: it has the migration 002_two.sql',
    hint: 'update perpctl',
    exit: 5,
  }
  await expect(migrate(database.sql, old)).rejects.toMatchObject(expected)
  await expect(assertMigrated(database.sql, old)).rejects.toMatchObject(expected)
  expect((await listMigrations(database.sql, old)).map(({ name }) => name)).toEqual([
    '001_one.sql',
    '002_two.sql',
  ])
})

test('a failing migration leaves nothing of itself, and those before it stay', async () => {
  const failing = [
    ...FILES,
    { name: '003_bad.sql', sql: 'create table three (a int); select no_such_column' },
  ]
  await expect(migrate(database.sql, failing)).rejects.toMatchObject({
    message: 'the migration 003_bad.sql failed and was undone: column "no_such_column" does not exist',
    exit: 5,
  })
  expect(await tables()).toEqual(['one', 'perpctl_migrations', 'two'])
})
