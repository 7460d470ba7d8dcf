import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect as connectTcp, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { connect, describeDatabase, ensureDatabase, toDatabaseError } from '../../src/db/connect.ts'
import { parseDatabaseUrl, withDatabase } from '../../src/db/database-url.ts'
import { Session } from '../../src/db/session.ts'
import { ConfigurationError, type PerpctlError } from '../../src/lib/errors.ts'
import { runCli } from '../helpers/cli.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'
import { NOWHERE, readDiagnosis } from '../helpers/doctor.ts'

const ROLE = `odd ${process.pid}@role`
const PASSWORD = 'p@ss:w/o?r#d %41&é'
const LOGIN = `${encodeURIComponent(ROLE)}:${encodeURIComponent(PASSWORD)}`

let database: TestDatabase
let address: { host: string; port: number; database: string }

beforeAll(async () => {
  database = await createTestDatabase()
  const { host, port, database: name = '' } = parseDatabaseUrl(database.url)
  address = { host, port, database: name }
  await database.sql.unsafe(`create role "${ROLE}" login password '${PASSWORD}'`)
})

afterAll(async () => {
  await database.sql.unsafe(`drop role "${ROLE}"`)
  await database[Symbol.asyncDispose]()
})

const hasPsql = await promisify(execFile)('psql', ['--version']).then(
  () => true,
  () => false,
)

async function whoThroughPostgresJs(url: string): Promise<unknown> {
  const sql = connect(url)
  try {
    return (await sql`select current_user::text || '/' || current_database() as who`)[0]?.who
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function whoThroughPg(config: string | pg.ClientConfig): Promise<unknown> {
  const client = new pg.Client(config)
  await client.connect()
  try {
    return (await client.query("select current_user::text || '/' || current_database() as who")).rows[0].who
  } finally {
    await client.end()
  }
}

async function whoThroughPsql(url: string): Promise<string> {
  const query = "select current_user::text || '/' || current_database()"
  return (await promisify(execFile)('psql', ['-X', '-Atc', query, url])).stdout.trim()
}

async function expectAllDrivers(url: string): Promise<void> {
  const who = `${ROLE}/${address.database}`
  expect(await whoThroughPostgresJs(url)).toBe(who)
  expect(await whoThroughPg(url)).toBe(who)
  expect(await whoThroughPg(parseDatabaseUrl(url))).toBe(who)
  if (hasPsql) expect(await whoThroughPsql(url)).toBe(who)
}

async function failureOf(url: string, query = 'select 1'): Promise<PerpctlError> {
  const sql = connect(url)
  try {
    return await sql.unsafe(query).then(
      () => {
        throw new Error('the query succeeded')
      },
      (error: unknown) => toDatabaseError(error, url),
    )
  } finally {
    await sql.end({ timeout: 1 })
  }
}

test('a percent-encoded user and password reach the server through postgres.js, pg and psql', async () => {
  await expectAllDrivers(`postgresql://${LOGIN}@${address.host}:${address.port}/${address.database}`)
})

test('a url without a user reaches the server as the user of the process, through every driver', async () => {
  const { username } = userInfo()
  const [{ exists } = { exists: true }] = await database.sql<{ exists: boolean }[]>`
    select exists (select from pg_roles where rolname = ${username})`
  const folder = await mkdtemp(join(tmpdir(), 'perpctl-passfile-'))
  const file = join(folder, 'pgpass')
  await writeFile(file, `${address.host}:*:*:${username}:of the file`, { mode: 0o600 })
  try {
    if (!exists) await database.sql.unsafe(`create role "${username}" login password 'of the file'`)
    const url = `postgresql://${address.host}:${address.port}/${address.database}?passfile=${file}`
    if (exists) return
    await using session = await Session.open(url, 'test')
    const { rows } = await session.client.query('select current_user::text as who')
    expect(rows).toEqual([{ who: username }])
    expect(await whoThroughPostgresJs(url)).toBe(`${username}/${address.database}`)
    if (hasPsql) expect(await whoThroughPsql(url)).toBe(`${username}/${address.database}`)
  } finally {
    if (!exists) await database.sql.unsafe(`drop role "${username}"`)
    await rm(folder, { recursive: true })
  }
})

test('a database of another encoding is refused before any table is made, by db migrate and doctor', async () => {
  const name = `latin_${process.pid}`
  await database.sql.unsafe(`create database ${name} encoding 'LATIN1' locale 'C' template template0`)
  const url = withDatabase(database.url, name)
  try {
    const { code, stderr } = await runCli(['db', 'migrate'], { DATABASE_URL: url })
    expect([code, stderr]).toEqual([4, expect.stringContaining('encoding LATIN1')])
    expect(stderr).toContain('template0')
    const found = readDiagnosis(await runCli(['doctor', '--json'], { ...NOWHERE, DATABASE_URL: url }))
    expect(found.code).toBe(4)
    expect(found.row('database', 'version')).toMatchObject({ status: 'failed' })
  } finally {
    await database.sql.unsafe(`drop database ${name}`)
  }
})

test('a unix socket reaches the server through postgres.js, pg and psql', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'perpctl-socket-'))
  const relay = createServer((socket) => {
    const server = connectTcp(address.port, address.host)
    socket.on('error', () => server.destroy())
    server.on('error', () => socket.destroy())
    socket.pipe(server).pipe(socket)
  })
  try {
    await once(relay.listen(join(folder, '.s.PGSQL.5432')), 'listening')
    await expectAllDrivers(`postgresql://${LOGIN}@/${address.database}?host=${folder}`)
    await expectAllDrivers(`postgresql://${LOGIN}@${encodeURIComponent(folder)}/${address.database}`)
  } finally {
    relay.close()
    await rm(folder, { recursive: true })
  }
})

test('sessions run in UTC under the name of perpctl and keep large numbers as text', async () => {
  const [row] = await database.sql`
    select current_setting('TimeZone') as zone, current_setting('application_name') as name,
      9007199254740993::bigint as bigint, 1.10::numeric as numeric`
  expect(row).toEqual({ zone: 'UTC', name: 'perpctl', bigint: '9007199254740993', numeric: '1.10' })
})

test.each([
  ['postgresql://user:secret@db.example:6432/market', 'db.example:6432/market'],
  ['postgres://user:se@cret@db.example/market', 'db.example:5432/market'],
  ['postgresql://user@[::1]:6000/market', '[::1]:6000/market'],
  ['postgresql://user:secret@/market?host=/var/run/pg&port=6000', '/var/run/pg:6000/market'],
  ['postgresql://db.example?dbname=market&password=secret', 'db.example:5432/market'],
])('%s is told as %s', (url, told) => {
  expect(describeDatabase(url)).toBe(told)
})

test.each([
  'mysql://user:secret@db.example/market',
  'db.example:5432 secret',
  'postgresql://user:secret@db.example:port/market',
  'postgresql://user:secret@one,two/market',
  'postgresql://user:secret%@db.example/market',
  'postgresql://user:secret@db.example/market?sslmode=maybe',
])('the unusable url %s is a configuration error that does not tell the password', (url) => {
  const attempt = (): unknown => connect(url)
  expect(attempt).toThrow(ConfigurationError)
  expect(attempt).not.toThrow(/secret/)
})

test('sslmode decides on encryption and on the look at the certificate', () => {
  const sslOf = (mode: string): unknown => parseDatabaseUrl(`postgresql://host/db?sslmode=${mode}`).ssl
  expect(sslOf('disable')).toBe(false)
  expect(sslOf('require')).toEqual({ rejectUnauthorized: false })
  expect(sslOf('verify-full')).toEqual({ rejectUnauthorized: true })
})

test('another database of the same server keeps login, socket and parameters', () => {
  expect(withDatabase('postgresql://u:p%40@/a?host=%2Ftmp&dbname=b', 'c d')).toBe(
    'postgresql://u:p%40@/c%20d?host=%2Ftmp',
  )
  expect(withDatabase('postgresql://u@host:1', 'x')).toBe('postgresql://u@host:1/x')
})

test('each way to fail is one line that says what to do, without the password', async () => {
  const { host, port, database: name } = address
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port: freePort } = closed.address() as { port: number }
  closed.close()
  const cases = [
    [`postgresql://u:secret@127.0.0.1:${freePort}/x`, `database 127.0.0.1:${freePort}/x is not reachable`],
    [`postgresql://u:secret@/x?host=/nowhere`, 'database /nowhere:5432/x is not reachable'],
    [
      'postgresql://u:secret@nowhere.invalid/x',
      'database nowhere.invalid:5432/x is not reachable: the host name',
    ],
    [`postgresql://${encodeURIComponent(ROLE)}:secret@${host}:${port}/${name}`, 'refused the password'],
    [`postgresql://${LOGIN}@${host}:${port}/nothing`, `database ${host}:${port}/nothing does not exist`],
  ] as const
  for (const [url, message] of cases) {
    const error = await failureOf(url)
    expect(error.message).toContain(message)
    expect(error.exit).toBe(5)
    expect(error.hint).toMatch(/./)
    expect(`${error.message} ${error.hint} ${JSON.stringify(error.details)}`).not.toContain('secret')
  }
})

test('a missing table says that the database is not migrated', async () => {
  const error = await failureOf(database.url, 'select * from no_such_table')
  expect(error.message).toMatch(/does not have the tables of this version$/)
  expect(error.hint).toBe('run `perpctl db migrate` first')
})

test('a time-out and an unknown reason are told, a database error stays as it is', () => {
  const url = 'postgresql://u:secret@host/db'
  const timeout = toDatabaseError(
    Object.assign(new Error('write CONNECT_TIMEOUT'), { code: 'CONNECT_TIMEOUT' }),
    url,
  )
  expect(timeout.message).toBe('database host:5432/db did not answer in time')
  expect(toDatabaseError(new Error('odd'), url).message).toBe('database host:5432/db: odd')
  expect(toDatabaseError(timeout, url)).toBe(timeout)
})

test('a database that is missing is created once, by whoever comes first', async () => {
  const name = `ensured_${process.pid} "x"`
  const missing = withDatabase(inject('serverUrl'), `missing_${process.pid}`)
  const urls = await Promise.all(
    Array.from(
      { length: 8 },
      async (_, index) => await ensureDatabase(index % 2 ? database.url : missing, name),
    ),
  )
  const found = await database.sql`select count(*)::int as n from pg_database where datname = ${name}`
  await database.sql`drop database ${database.sql(name)}`
  expect(found[0]?.n).toBe(1)
  expect(new Set(urls)).toEqual(new Set([withDatabase(database.url, name)]))
})
