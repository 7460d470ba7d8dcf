import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MINUTE } from '../../src/lib/model/window.ts'
import { runCli, startCli } from '../helpers/cli.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

const RUN = '6f1c2d3e-0000-4000-8000-000000000000'
const T0 = Date.UTC(2026, 1, 1)
const at = (minute: number): string => new Date(T0 + minute * MINUTE).toISOString()

let database: TestDatabase
let env: Record<string, string>
beforeAll(async () => {
  database = await createTestDatabase()
  env = { DATABASE_URL: database.url }
  const { sql } = database
  await sql`
    insert into executions (execution_id, script_name, version, host, pid, start_time, heartbeat_time, end_time, success,
      rows_fetched, error_count)
    values (${RUN}, 'backfill ohlcv', '1', 'h', 1, ${at(0)}, ${at(5)}, ${at(5)}, true, 1234, 2)`
  await sql`
    insert into perp_status (ts, script_name, status, message, details, execution_id)
    values (${at(5)}, 'backfill ohlcv', 'Completed', 'Completed: 1,234 rows',
      ${sql.json({ venue: 'binance', venueTime: T0 + 100 * MINUTE })}, ${RUN})`
  await sql`
    insert into coverage (venue, symbol, dataset, covered, absent) values
      ('binance', 'BTCUSDT', 'ohlcv', ${`{[${at(0)},${at(10)}),[${at(15)},${at(90)})}`}, ${`{[${at(1)},${at(3)})}`}),
      ('binance', 'ETHUSDT', 'ohlcv', ${`{[${at(0)},${at(100)})}`}, '{}')`
  await sql`
    insert into perp_errors (ts, script_name, error_type, error_message, details, execution_id) values
      (${at(1)}, 'backfill ohlcv', 'bad_row', 'first', ${sql.json({ symbol: 'BTCUSDT', dataset: 'ohlcv', ts: at(7) })}, ${RUN}),
      (${at(2)}, 'backfill ohlcv', 'payload', 'second', ${sql.json({ symbol: 'ETHUSDT' })}, ${RUN})`
})
afterAll(() => database[Symbol.asyncDispose]())

const lines = (text: string): string[] => text.trimEnd().split('\n')

describe('perpctl status', () => {
  it('shows what ran and a line for each symbol, the worst first', async () => {
    const { stdout, code } = await runCli(['status'], { ...env, LANG: 'C.UTF-8' })
    expect(code).toBe(0)
    const [head, run, ...rest] = lines(stdout)
    expect(head).toMatch(/^state +command +run +when +last message$/)
    expect(run).toMatch(/^completed +backfill ohlcv +6f1c2d3e +\S+ ago +1,234 rows$/)
    expect(rest).toEqual([
      '',
      '0 of 2 series whole; 1 behind, 1 missing',
      '',
      expect.stringMatching(/^symbol {3}ohlcv$/),
      expect.stringMatching(/^ETHUSDT {2}\d+d$/),
      'BTCUSDT  5 missing',
      '',
      '12m, 2h, 3d: so far behind the clock of binance',
      'missing: minutes that were asked for and are not stored; the next backfill fetches them',
    ])
    expect(stdout).not.toContain('\u001b')
  })

  it('shows a line for each symbol and dataset with --long', async () => {
    const { stdout, code } = await runCli(['status', '--long'], env)
    expect(code).toBe(0)
    const [head, run, , titles, btc, eth, , legend] = lines(stdout)
    expect(head).toMatch(/^state +run +command +started \(UTC\) +last seen +rows +errors +last message$/)
    expect(run).toMatch(
      /^completed +6f1c2d3e +backfill ohlcv +2026-02-01 00:00 +\S+ \S+ ago +1,234 +2 +1,234 rows$/,
    )
    expect(titles).toMatch(
      /^symbol +dataset +from \(UTC\) .* minutes +absent +missing +first missing \(UTC\)$/,
    )
    expect(btc).toMatch(
      /^BTCUSDT +ohlcv +2026-02-01 00:00 +2026-02-01 01:30 .* 85 +2 +5 in 1 +2026-02-01 00:10 – 00:15$/,
    )
    expect(eth).toMatch(/^ETHUSDT +ohlcv +2026-02-01 00:00 +2026-02-01 01:40 .* 100 +0 +0$/)
    expect(legend).toContain('lag: behind the clock of binance')
  })

  it('prints one object with --json', async () => {
    const { stdout } = await runCli(['status', '--json', '--symbols', 'BTCUSDT'], env)
    const { runs, coverage } = JSON.parse(stdout)
    expect(lines(stdout)).toHaveLength(1)
    expect(runs).toHaveLength(1)
    expect(runs[0]).toMatchObject({ executionId: RUN, state: 'completed', start: at(0), rowsFetched: 1234 })
    expect(coverage).toMatchObject({ venue: 'binance', isVenueClock: true })
    expect(coverage.symbols).toMatchObject([
      {
        symbol: 'BTCUSDT',
        state: 'missing',
        wantedFrom: null,
        cadenceSeconds: 60,
        from: at(0),
        to: at(90),
        coveredMinutes: 85,
        absentMinutes: 2,
        holes: 1,
        holeMinutes: 5,
        missingMinutes: 5,
        firstHoles: [{ from: at(10), to: at(15) }],
      },
    ])
  })

  it('does not say that nothing is stored where a symbol is not known', async () => {
    const { stdout, stderr } = await runCli(['status', '--symbols', 'nopeusdt'], env)
    expect(lines(stdout).slice(2)).toEqual(['', 'no data of what --symbols names'])
    expect(lines(stderr)[0]).toContain('nothing is known of NOPEUSDT')
  })

  it('says what to do first where nothing is', async () => {
    await using empty = await createTestDatabase()
    const { stdout, code } = await runCli(['status'], { DATABASE_URL: empty.url })
    expect(code).toBe(0)
    expect(stdout).toBe(
      'Nothing is stored yet: begin with `perpctl backfill ohlcv --symbols BTCUSDT` (with --sim it needs no network).\n',
    )
  })

  it('stays calm where symbols are many: the worst, and how many more there are', async () => {
    await using many = await createTestDatabase()
    await many.sql`
      insert into coverage (venue, symbol, dataset, covered)
      select 'binance', 'S' || n, 'ohlcv', tstzmultirange(tstzrange(${at(0)}, ${at(10)}::timestamptz + make_interval(days => n)))
      from generate_series(1, 1000) as n`
    const names = (text: string): string[] => lines(text).flatMap((line) => /^S\d+/.exec(line) ?? [])
    const worst = (count: number) => Array.from({ length: count }, (_, n) => `S${n + 1}`)
    const url = { DATABASE_URL: many.url }
    const short = (await runCli(['status'], url)).stdout
    expect(names(short)).toEqual(worst(20))
    expect(short).toMatch(/^\d+ more symbols not whole, \d+ symbols whole \(all of them: --all\)$/m)
    const long = (await runCli(['status', '--long'], url)).stdout
    expect(names(long)).toEqual(worst(10))
    expect(lines(long).find((line) => line.startsWith('ohlcv'))).toMatch(/^ohlcv +1,000 /)
    expect(names((await runCli(['status', '--all'], url)).stdout)).toHaveLength(1_000)
    expect(names((await runCli(['status', '--all', '--long'], url)).stdout)).toHaveLength(1_000)
  })

  it('follows with --tail, each row once, until Ctrl-C', async () => {
    const { child, done } = startCli(['status', '--tail', '--json'], env)
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    while (!text.includes('Completed')) await once(child.stdout ?? child, 'data')
    await database.sql`
      insert into perp_status (script_name, status, message, execution_id)
      values ('backfill ohlcv', 'Running', 'late', ${RUN})`
    while (!text.includes('late')) await once(child.stdout ?? child, 'data')
    child.kill('SIGINT')
    const { code, stdout, stderr } = await done
    expect([code, stderr]).toEqual([130, ''])
    expect(lines(stdout).map((line) => JSON.parse(line).message)).toEqual(['Completed: 1,234 rows', 'late'])
  })
})

describe('perpctl errors', () => {
  it('shows the newest last', async () => {
    const { stdout } = await runCli(['errors'], env)
    expect(lines(stdout).map((line) => line.replace(/ +/g, ' '))).toEqual([
      'time (UTC) run type symbol dataset at (UTC) message',
      '2026-02-01 00:01:00 6f1c2d3e bad_row BTCUSDT ohlcv 2026-02-01 00:07 first',
      '2026-02-01 00:02:00 6f1c2d3e payload ETHUSDT second',
      '',
      expect.stringMatching(/^bad_row: a row of the venue breaks a rule/),
      expect.stringMatching(/^ → look at the row with --verbose/),
      expect.stringMatching(/^payload: an answer as a whole is not what the venue promises/),
      expect.stringMatching(/^ → where it goes on: look for a newer perpctl/),
    ])
  })

  it.each([
    [['--limit', '1'], ['second']],
    [['--run', '6f1c', '--symbol', 'BTCUSDT'], ['first']],
    [['--type', 'payload'], ['second']],
    [['--since', '2026-02-01T00:02Z'], ['second']],
    [['--until', '2026-02-01T00:02Z'], ['first']],
    [['--run', 'ffff'], []],
  ])('filters with %j', async (flags, expected) => {
    const { stdout } = await runCli(['errors', '--json', ...flags], env)
    expect(JSON.parse(stdout).errors.map((error: { message: string }) => error.message)).toEqual(expected)
  })

  it('says that a type is not known, and which is near', async () => {
    const { code, stderr } = await runCli(['errors', '--type', 'bad_rows'], env)
    expect([code, stderr]).toEqual([
      0,
      'perpctl: this version knows no type bad_rows; did you mean bad_row?\n',
    ])
  })

  it('refuses what is no id of a run', async () => {
    const { code, stderr } = await runCli(['errors', '--run', "x'; drop table"], env)
    expect(code).toBe(2)
    expect(stderr).toContain('--run: expected the id of a run')
  })

  it.runIf(existsSync('/dev/full'))('tells in one line that its result could not be written', async () => {
    const bin = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
    const shell = spawn('sh', ['-c', `"${process.execPath}" "${bin}" status --json > /dev/full`], {
      env: { PATH: process.env.PATH ?? '', DATABASE_URL: database.url },
    })
    const [[code], stderr] = await Promise.all([once(shell, 'close'), text(shell.stderr)])
    expect([code, lines(stderr)]).toEqual([
      4,
      [expect.stringContaining('could not be written to stdout: ENOSPC')],
    ])
  })

  it('lets head close the pipe', async () => {
    await using full = await createTestDatabase()
    await full.sql`
      insert into perp_errors (script_name, error_type, error_message)
      select 'backfill ohlcv', 'network', repeat('long ', 100) from generate_series(1, 20000)`
    const bin = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
    const script = ['', ' --tail']
      .map(
        (tail) =>
          `"${process.execPath}" "${bin}" errors --limit 20000${tail} | head -n 1; echo "\${PIPESTATUS[0]}"`,
      )
      .join('; ')
    const shell = spawn('bash', ['--norc', '-c', script], {
      env: { PATH: process.env.PATH ?? '', DATABASE_URL: full.url },
    })
    let [out, err] = ['', '']
    shell.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
    shell.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString()
    })
    await once(shell, 'close')
    expect(lines(out)).toHaveLength(4)
    expect([lines(out)[1], lines(out)[3], err]).toEqual(['0', '0', ''])
  })
})
