import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkSettings } from '../../src/commands/doctor/check-settings.ts'
import { COMMANDS } from '../../src/commands/index.ts'
import { describeCommands } from '../../src/commands/plugin.ts'
import { listVariables } from '../../src/commands/variables.ts'
import { MIGRATION_FILES } from '../../src/db/migrations.generated.ts'
import { SpoolFile } from '../../src/db/spool.ts'
import { runCli } from '../helpers/cli.ts'
import { ALL_WELL, NOWHERE, readDiagnosis } from '../helpers/doctor.ts'
import { makeTestHome } from '../helpers/embedded-home.ts'
import { createWorld, type World } from '../helpers/world.ts'

const isRoot = process.getuid?.() === 0
const NOBODY = 65_534

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(async () => await world[Symbol.asyncDispose]())

const examine = async (args: readonly string[] = [], env: Record<string, string> = {}) =>
  readDiagnosis(await world.run(['doctor', '--json', ...args], env))

describe('perpctl doctor', () => {
  it('finds all well, and pays for three cheap questions and one of the key', async () => {
    const { code, statuses, summary, row } = await examine()
    expect(statuses).toEqual(ALL_WELL)
    expect([code, summary]).toEqual([0, 'All is well'])
    expect(row('lanes', 'direct').message).toMatch(
      /^127\.0\.0\.1:\d+ answers in [\d.]+ ms from 127\.0\.0\.1$/,
    )
    expect(row('feed', 'direct').message).toMatch(/^127\.0\.0\.1:\d+ sends data after \d+\.\d s$/)
    expect(world.simulator.stats().requests).toEqual({ '/fapi/v1/time': 3, '/coinalyze/v1/exchanges': 1 })
    const spent = await world.database.sql`
      select split_part(budget, ' ', 2) as pool, sum(weight)::int as weight from budget_spendings
      group by 1 order by 1`
    expect([...spent]).toEqual([
      { pool: 'coinalyze-calls', weight: 1 },
      { pool: 'request-weight', weight: 3 },
    ])
    expect(await world.database.sql`select * from executions`).toHaveLength(0)
  })

  it('tells it in lines that a pipe can carry, the sum at the end', async () => {
    const { stdout, stderr, code } = await world.run(['doctor'], { FORCE_COLOR: '0' })
    expect([code, stderr]).toEqual([0, ''])
    const lines = stdout.trimEnd().split('\n')
    expect(lines.filter((line) => /^\w/.test(line))).toEqual([
      'configuration',
      'database',
      'clock',
      'lanes',
      'feed',
      'key',
      'All is well',
    ])
    expect(lines).toContain(`  ok       tables         all ${MIGRATION_FILES.length} migrations are applied`)
    expect(stdout).not.toContain('\u001b')
  })

  it('has one form for scripts', async () => {
    const { stdout } = await world.run(['doctor', '--json'])
    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
    const { checks, ...rest } = JSON.parse(stdout)
    expect(rest).toEqual({ version: '0.1.0', exit: 0, problems: 0, warnings: 0, summary: 'All is well' })
    for (const check of checks)
      expect(Object.keys(check)).toEqual(['group', 'name', 'status', 'message', 'hint', 'details'])
    expect(checks.find(({ name }: { name: string }) => name === 'tables').details).toEqual({
      migrations: MIGRATION_FILES.length,
      pending: [],
    })
  })

  it('names variables by where they come from, and those that do not exist', async () => {
    const { code, row } = await examine([], { PERPCTL_PROXY: 'http://user:s3cret@127.0.0.1:1' })
    const { message, status, details } = row('configuration', 'settings')
    expect([code, status]).toEqual([0, 'warning'])
    expect(message).toMatch(/^no \.env in .*; perpctl does not know PERPCTL_PROXY \(PERPCTL_PROXIES\?\)$/)
    expect(details).toMatchObject({ hasDotenv: false, fromFile: [], unknown: ['PERPCTL_PROXY'] })
    expect(details.fromEnvironment).toContain('DATABASE_URL')
  })

  it('tells what a .env of the folder sets from what the environment sets', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'perpctl-doctor-'))
    await writeFile(join(folder, '.env'), 'COINALYZE_KEY=k3y\nPERPCTL_SINCE=3d\nPERPCTL_HOME=/elsewhere\n')
    const environment = { COINALYZE_KEY: 'k3y', PERPCTL_SINCE: '3d', PERPCTL_HOME: '/here', PATH: '/bin' }
    const { status, message, details } = checkSettings({
      folder,
      environment,
      variables: listVariables(describeCommands(COMMANDS)),
    })
    expect([status, message]).toEqual([
      'ok',
      `${join(folder, '.env')} sets COINALYZE_KEY, PERPCTL_SINCE; the environment sets PERPCTL_HOME`,
    ])
    expect(JSON.stringify(details)).not.toContain('k3y')
    await rm(folder, { recursive: true })
  })

  it('tells a variable that cannot be read as what it found, a flag as a usage error', async () => {
    const { code, rows } = await examine([], { PERPCTL_REQUEST_TIMEOUT: 'soon' })
    expect(code).toBe(4)
    expect(rows).toMatchObject([
      {
        group: 'configuration',
        name: 'settings',
        status: 'failed',
        message:
          'PERPCTL_REQUEST_TIMEOUT: expected a duration such as 30s, 5m, 1h or 2d, at most 24d, not "soon"',
      },
    ])
    expect((await world.run(['doctor', '--request-timeout', 'soon'])).code).toBe(2)
    expect((await world.run(['doctor', '--venue', 'nowhere'])).code).toBe(2)
  })

  it('finds no way to the venue where the own address is left out and there is no proxy', async () => {
    const { code, statuses } = await examine(['--no-direct'])
    expect(code).toBe(4)
    expect(statuses).toMatchObject({
      'configuration lanes': 'failed',
      'lanes all': 'skipped',
      'feed all': 'skipped',
      'database tables': 'ok',
    })
  })

  it('finds a log file that cannot be written, and makes none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'perpctl-doctor-'))
    const [good, bad] = [join(folder, 'perpctl.log'), join(folder, 'none', 'perpctl.log')]
    const found = (await examine(['--log-file', good])).row('configuration', 'log file')
    expect([found.status, found.details]).toEqual(['ok', { file: good, exists: false }])
    await expect(stat(good)).rejects.toMatchObject({ code: 'ENOENT' })
    const { code, row } = await examine(['--log-file', bad])
    expect(code).toBe(4)
    expect(row('configuration', 'log file')).toMatchObject({
      status: 'failed',
      message: `${bad} cannot be written (ENOENT)`,
    })
    await rm(folder, { recursive: true })
  })

  it('tells of rows that a dead stream has left, and leaves those of a running one alone', async () => {
    const home = await mkdtemp(join(tmpdir(), 'perpctl-doctor-'))
    const folder = join(home, 'spool')
    const spool = await SpoolFile.open({ folder, identity: 'one' })
    spool.append([])
    const during = (await examine(['--home', home])).row('configuration', 'spool')
    expect(during.status).toBe('ok')
    expect(during.details).toMatchObject({ batches: 0, inUse: 1 })
    spool[Symbol.dispose]()
    const after = (await examine(['--home', home])).row('configuration', 'spool')
    expect(after.status).toBe('note')
    expect(after.details).toMatchObject({ files: 1, batches: 1, bytes: 2, inUse: 0 })
    expect(after.message).toMatch(/^1 batch of rows \(2 bytes\) of a stream that has ended wait in /)
    using again = await SpoolFile.open({ folder, identity: 'one' })
    expect(again.size).toBe(1)
    await rm(home, { recursive: true })
  })
})

describe('the home', () => {
  const bin = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

  it('that may not be written is a failure where the database lives there', async () => {
    await using made = await makeTestHome()
    await mkdir(made.home, { mode: 0o555 })
    const child = spawn(process.execPath, [bin, 'doctor', '--json'], {
      cwd: '/',
      env: { PATH: process.env.PATH ?? '', PERPCTL_HOME: made.home, ...NOWHERE },
      stdio: ['ignore', 'pipe', 'inherit'],
      ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
    })
    const closed = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)))
    const stdout = await text(child.stdout)
    const { code, row } = readDiagnosis({ code: await closed, stdout })
    expect(code).toBe(4)
    expect(row('configuration', 'home')).toMatchObject({
      status: 'failed',
      message: `the folder ${made.home} (PERPCTL_HOME) is not yours to read and write`,
      hint: 'set PERPCTL_HOME to a folder that you may write, or DATABASE_URL to a PostgreSQL of your own',
    })
    await chmod(made.home, 0o755)
  })

  it('that cannot be made is only a warning beside a database of one’s own', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'perpctl-doctor-')), 'file')
    await writeFile(file, '')
    const { code, row } = await examine(['--home', join(file, 'home')])
    expect(code).toBe(0)
    expect(row('configuration', 'home').status).toBe('warning')
    await rm(join(file, '..'), { recursive: true })
  })

  it('without an embedded server stays without one', async () => {
    await using made = await makeTestHome()
    const { row, statuses } = readDiagnosis(
      await runCli(['doctor', '--json'], { ...NOWHERE, PERPCTL_HOME: made.home }),
    )
    expect(row('database', 'server')).toMatchObject({
      status: 'note',
      message: `there is no embedded PostgreSQL yet; the first run makes it in ${join(made.home, 'postgres', 'data')}`,
    })
    expect(statuses).toMatchObject({ 'database binaries': 'ok', 'database tables': 'skipped' })
    await expect(stat(made.home)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('with data that no server starts on is told why', async () => {
    await using made = await makeTestHome()
    const data = join(made.home, 'postgres', 'data')
    await mkdir(data, { recursive: true })
    await writeFile(join(data, 'PG_VERSION'), '12\n')
    const { code, row, statuses } = readDiagnosis(
      await runCli(['doctor', '--json'], { ...NOWHERE, PERPCTL_HOME: made.home }),
    )
    expect(code).toBe(5)
    expect(row('database', 'server').status).toBe('failed')
    expect(row('database', 'server').hint).not.toBeNull()
    expect(statuses['database tables']).toBe('skipped')
  })

  it('with a stopped embedded server has it started, and nothing migrated', async () => {
    await using made = await makeTestHome()
    const env = { ...NOWHERE, PERPCTL_HOME: made.home }
    expect((await runCli(['db', 'start'], env)).code).toBe(0)
    expect((await runCli(['db', 'stop'], env)).code).toBe(0)
    const first = readDiagnosis(await runCli(['doctor', '--json'], env))
    expect(first.row('database', 'server').details).toMatchObject({ isStartedNow: true, running: true })
    expect(first.statuses).toMatchObject({
      'database server': 'note',
      'database connection': 'ok',
      'database tables': 'note',
      'database rights': 'ok',
      'database space': 'ok',
    })
    const second = readDiagnosis(await runCli(['doctor', '--json', '--sim'], env))
    expect(second.statuses).toMatchObject({ 'database server': 'ok', 'database connection': 'note' })
    expect([second.code, second.summary]).toEqual([0, 'All is well'])
    const url = (await runCli(['db', 'url'], env)).stdout
    const password = /:([0-9a-f]+)@/.exec(url)?.[1] ?? ''
    expect(password).not.toBe('')
    expect(JSON.stringify([first.rows, second.rows])).not.toContain(password)
  })
})
