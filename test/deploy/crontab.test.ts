import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { readDeployed, VARIABLES, variablesIn } from '../helpers/deploy-files.ts'
import { createShellHome, type ShellHome } from '../helpers/shell-home.ts'
import { createWorld, expectTruth, type World } from '../helpers/world.ts'

const START = Date.UTC(2026, 1, 1, 12)
const LINES = readDeployed('crontab')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

/** As cron reads them: the variables as they stand, nothing expanded; the command is what follows the five fields. */
const VARIABLE = /^([A-Z_]+)=(.*)$/
const SETTINGS = Object.fromEntries(
  LINES.flatMap((line) => {
    const [, name, value] = VARIABLE.exec(line) ?? []
    return name === undefined || value === undefined ? [] : [[name, value]]
  }),
)
const JOBS = LINES.filter((line) => !VARIABLE.test(line)).map((line) => {
  const [, schedule = '', command = ''] = /^((?:\S+ ){5})(.*)$/.exec(line) ?? []
  return { schedule: schedule.trim(), command }
})
const jobOf = (words: string): string => JOBS.find(({ command }) => command.includes(words))?.command ?? ''

const hasFlock = (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'flock')))
/** What a user's `.env` says; the window is fixed, as the simulated venue's time stands where the test wants it. */
const settingsOf = (world: World, settings = {}) => ({
  ...world.environment,
  PERPCTL_SYMBOLS: 'BTCUSDT',
  PERPCTL_SINCE: '2026-02-01T06:00Z',
  PERPCTL_UNTIL: '2026-02-01T10:00Z',
  ...settings,
})
const logOf = ({ folder }: ShellHome): string => readFileSync(join(folder, 'perpctl.log'), 'utf8')

describe('deploy/crontab', () => {
  it('is what every cron reads: no percent sign, variables that it keeps whole, five fields and a command', () => {
    expect(JOBS.map(({ command }) => command.includes('%'))).not.toContain(true)
    // The least of the limits that implementations have for a variable.
    for (const [name, value] of Object.entries(SETTINGS))
      expect(`${name}=${value}`.length).toBeLessThan(1_000)
    expect(JOBS.map(({ schedule }) => schedule)).toEqual(['*/5 * * * *', '12 * * * *', '59 23 * * 0'])
    expect(SETTINGS).toMatchObject({ SHELL: '/bin/sh', MAILTO: 'root' })
    const own = Object.keys(SETTINGS).filter((name) => name.startsWith('PERPCTL_'))
    expect(own.filter((name) => !VARIABLES.has(name))).toEqual([])
  })

  it('keeps the log of two weeks', async () => {
    using home = createShellHome()
    const rotate = jobOf('mv -f')
    expect(await home.run(rotate, SETTINGS)).toMatchObject({ code: 0, stdout: '', stderr: '' })
    writeFileSync(join(home.folder, 'perpctl.log'), 'old')
    expect(await home.run(rotate, SETTINGS)).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(readFileSync(join(home.folder, 'perpctl.log.1'), 'utf8')).toBe('old')
    expect(existsSync(join(home.folder, 'perpctl.log'))).toBe(false)
  })
})

describe.skipIf(!hasFlock)('a line of deploy/crontab, run as cron runs it', () => {
  it('stores what is missing, says nothing and writes its log', async () => {
    await using world = await createWorld({ clock: { startAt: START } })
    using home = createShellHome()
    home.writeSettings(settingsOf(world))
    expect(await home.run(jobOf('backfill ohlcv'), SETTINGS)).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    })
    await expectTruth(world, ['BTCUSDT'], {
      from: Date.UTC(2026, 1, 1, 6),
      to: Date.UTC(2026, 1, 1, 10),
    })
    expect(await home.run(jobOf('backfill all'), SETTINGS)).toMatchObject({ code: 0, stdout: '', stderr: '' })
    const tables = await world.database.sql`select dataset from coverage where symbol = 'BTCUSDT' order by 1`
    expect(tables.map(({ dataset }) => dataset)).toEqual([
      ...['funding', 'index', 'lq', 'lsr', 'mark', 'ohlcv', 'oi', 'premium', 'rsi', 'tv'],
    ])
    expect(logOf(home)).toContain('tier=Completed')
  })

  it('is quiet while the venue is away', async () => {
    await using world = await createWorld({ clock: { startAt: START } })
    using home = createShellHome()
    const away = { PERPCTL_BINANCE_REST_URL: 'http://127.0.0.1:1', PERPCTL_VENUE_TIMEOUT: '1s' }
    home.writeSettings(settingsOf(world, away))
    expect(await home.run(jobOf('backfill ohlcv'), SETTINGS)).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    })
    expect(logOf(home)).toContain('tier=Failed')
  })

  it.each([
    [
      'something could not be had',
      { PERPCTL_SYMBOLS: 'BTCUSDT,NOPEUSDT' },
      3,
      'NOPEUSDT ohlcv: binance refused',
    ],
    ['a setting is wrong', { PERPCTL_CONCURRENCY: 'many' }, 4, 'PERPCTL_CONCURRENCY'],
    [
      'the database is away',
      { DATABASE_URL: 'postgresql://u:p@127.0.0.1:1/x', PERPCTL_DB_TIMEOUT: '1s' },
      5,
      '127.0.0.1:1',
    ],
  ])('says so and fails where %s', async (_, wrong, code, said) => {
    await using world = await createWorld({ clock: { startAt: START } })
    using home = createShellHome()
    home.writeSettings(settingsOf(world, wrong))
    const result = await home.run(jobOf('backfill ohlcv'), SETTINGS)
    expect(result).toMatchObject({ code, stdout: '' })
    expect(result.stderr).toContain(`perpctl backfill ohlcv: exit code ${code}; `)
    expect(result.stderr).toContain(said)
  })

  it('leaves a run that is still at work alone', async () => {
    await using world = await createWorld({
      clock: { startAt: START },
      faults: [{ path: 'klines', kind: 'hang', count: 1 }],
    })
    using home = createShellHome()
    home.writeSettings(settingsOf(world, { PERPCTL_REQUEST_TIMEOUT: '10s' }))
    const first = home.run(jobOf('backfill ohlcv'), SETTINGS)
    await vi.waitUntil(() => world.simulator.stats().recorded.some(({ path }) => path.endsWith('klines')), {
      timeout: 120_000,
    })
    expect(await home.run(jobOf('backfill ohlcv'), SETTINGS)).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    })
    expect(await first).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(await world.database.sql`select script_name from executions`).toHaveLength(1)
  })
})

describe('deploy/perpctl.env', () => {
  it('has only variables that there are, and starts as it stands', async () => {
    const text = readDeployed('perpctl.env')
    expect(variablesIn(text).filter((name) => !VARIABLES.has(name))).toEqual([])
    await using world = await createWorld({ clock: { startAt: START } })
    using home = createShellHome()
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    const given = Object.fromEntries(lines.map((line) => line.split('=', 2)))
    const { COINALYZE_KEY: _, ...environment } = world.environment
    const since = { PERPCTL_SINCE: '2026-02-01T06:00Z', PERPCTL_UNTIL: '2026-02-01T07:00Z' }
    home.writeSettings({ ...environment, ...since, ...given })
    const result = await home.run('perpctl backfill all', SETTINGS)
    expect([result.code, result.stderr]).toEqual([0, expect.stringContaining('Completed')])
  })
})
