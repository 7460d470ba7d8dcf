import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { prompt } from '../../src/commands/sql/prompt.ts'
import { csvWriter, jsonWriter, tableWriter } from '../../src/commands/sql/writers.ts'
import { openStatements, type ResultSink, runStatement } from '../../src/db/statement.ts'
import { UsageError } from '../../src/lib/errors.ts'
import { BIN, runCli } from '../helpers/cli.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  await database.sql`insert into ohlcv (venue, symbol, ts, open, high, low, close, volume)
    select 'binance', 'BTCUSDT', timestamptz '2026-02-01' + n * interval '1 minute', 1.10, 2.00, 1.00, 1.50, n
    from generate_series(0, 2) as n`
})
afterAll(async () => await database[Symbol.asyncDispose]())

type Form = 'csv' | 'json' | 'table'

/** What a statement prints. */
async function run(
  statement: string,
  form: Form = 'table',
  {
    isWriting = false,
    width = undefined as number | undefined,
    timeoutMs = undefined as number | undefined,
  } = {},
): Promise<string> {
  let out = ''
  const write = async (part: string): Promise<void> => {
    out += part
  }
  const sinks: Record<Form, ResultSink> = {
    csv: csvWriter(write),
    json: jsonWriter(write),
    table: tableWriter(write, { width, paint: (title) => title }),
  }
  const sql = openStatements(database.url)
  try {
    const signal = new AbortController().signal
    await runStatement({ sql, url: database.url }, statement, sinks[form], { isWriting, timeoutMs, signal })
    return out
  } finally {
    await sql.end({ timeout: 1 })
  }
}

const CANDLES = 'select ts, open, close, volume, trades from ohlcv order by ts'
const VALUES = `select 1.10 as a, null as b, '' as c, E'x,"y\\nz' as d, true as e, '{"k": [1.50]}'::jsonb as j, 'NaN'::float8 as n,
  12345678901234567890.5 as z, timestamptz '2026-02-01 13:00:00.5+01' as t, 2 as a`

describe('the rows of a statement', () => {
  it('are a table with exactly the digits of the numbers', async () =>
    expect(await run(CANDLES)).toBe(
      [
        'ts                    open  close  volume  trades',
        '2026-02-01T00:00:00Z  1.10   1.50       0',
        '2026-02-01T00:01:00Z  1.10   1.50       1',
        '2026-02-01T00:02:00Z  1.10   1.50       2',
        '(3 rows)',
        '',
      ].join('\n'),
    ))

  it('are blocks where the table is wider than the terminal', async () =>
    expect(await run(`${CANDLES} limit 1`, 'table', { width: 40 })).toBe(
      'ts      2026-02-01T00:00:00Z\nopen    1.10\nclose   1.50\nvolume  0\ntrades\n\n(1 row)\n',
    ))

  it('are CSV as RFC 4180 wants it', async () =>
    expect(await run(VALUES, 'csv')).toBe(
      'a,b,c,d,e,j,n,z,t,a\r\n1.10,,"","x,""y\nz",true,"{""k"": [1.50]}",NaN,12345678901234567890.5,2026-02-01T12:00:00.5Z,2\r\n',
    ))

  it('are one JSON object in which no column is lost', async () =>
    expect(await run(VALUES, 'json')).toBe(
      '{"columns":["a","b","c","d","e","j","n","z","t","a_2"],"rows":[{"a":1.10,"b":null,"c":"","d":"x,\\"y\\nz","e":true,"j":{"k":[1.5]},"n":"NaN","z":12345678901234567890.5,"t":"2026-02-01T12:00:00.5Z","a_2":2}],"command":"SELECT","count":1}\n',
    ))

  it.each<[string, Form, string]>([
    ['select 1 as a where false', 'table', 'a\n(0 rows)\n'],
    ['select 1 as a where false', 'csv', 'a\r\n'],
    ['select 1 as a where false', 'json', '{"columns":["a"],"rows":[],"command":"SELECT","count":0}\n'],
    ['show timezone', 'table', 'TimeZone\nUTC\n(1 row)\n'],
    ["select E'\\u001b[2Jx' as t", 'table', 't\nx\n(1 row)\n'],
    ['select 1 as a;', 'csv', 'a\r\n1\r\n'],
  ])('%s as %s', async (statement, form, expected) => expect(await run(statement, form)).toBe(expected))

  it('come one batch after the other, and are all there', async () => {
    const lines = (await run('select * from generate_series(1, 12345) as n', 'csv')).split('\r\n')
    expect(lines.slice(1, -1)).toEqual(Array.from({ length: 12_345 }, (_, at) => String(at + 1)))
  })
})

describe('a statement', () => {
  const told = async (statement: string, options = {}): Promise<[string, string | undefined]> => {
    const error = await run(statement, 'table', options).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UsageError)
    return error instanceof UsageError ? [error.message, error.hint] : ['', undefined]
  }

  it.each([
    ['select *\nfrom nothing', 'line 2, column 6: relation "nothing" does not exist (42P01)', undefined],
    ['selec 1', 'line 1, column 1: syntax error at or near "selec" (42601)', undefined],
    ['select 1 / 0', 'division by zero (22012)', undefined],
    [
      'delete from ohlcv',
      'cannot execute DELETE in a read-only transaction (25006)',
      'add --write if it is meant to change data',
    ],
    [
      'do $$ begin delete from ohlcv; end $$',
      'cannot execute DELETE in a read-only transaction (25006)',
      'add --write if it is meant to change data',
    ],
    [
      'commit; delete from ohlcv',
      'cannot insert multiple commands into a prepared statement (42601)',
      'give one statement at a time',
    ],
  ])('is told with the place of what is wrong: %s', async (statement, message, hint) => {
    expect(await told(statement)).toEqual([message, hint])
    expect(await run('select count(*)::int as n from ohlcv', 'csv')).toBe('n\r\n3\r\n')
  })

  it('changes data with --write', async () => {
    const options = { isWriting: true }
    expect(await run('create table notes (n int)', 'table', options)).toBe('CREATE TABLE\n')
    expect(await run('insert into notes values (1), (2)', 'table', options)).toBe('INSERT 2\n')
    expect(await run('delete from notes returning n', 'csv', options)).toBe('n\r\n1\r\n2\r\n')
    expect(await run('select * from notes', 'csv')).toBe('n\r\n')
  })

  it.each(['columns', 'rows'] as const)(
    'is cancelled at whatever moment: by who has just got %s',
    async (moment) => {
      const stop = new AbortController()
      const sink: ResultSink = { columns: async () => {}, rows: async () => {}, end: async () => {} }
      const stopping: ResultSink = { ...sink, [moment]: async () => stop.abort() }
      const sql = openStatements(database.url)
      onTestFinished(async () => await sql.end({ timeout: 1 }))
      const place = { sql, url: database.url }
      const options = { isWriting: false, signal: stop.signal }
      const slow = `select generate_series(1, 2000) union all select pg_sleep(600)::text::int`
      await expect(runStatement(place, slow, stopping, options)).rejects.toThrow(/cancel|abort/)
      expect(await sql`select 1 as a`).toEqual([{ a: '1' }])
    },
  )

  it('ends when its time is over', async () =>
    expect(await told('select pg_sleep(60)', { timeoutMs: 50 })).toEqual([
      'canceling statement due to statement timeout (57014)',
      undefined,
    ]))
})

describe('perpctl db psql', () => {
  const psql = (...args: string[]) => runCli(['db', 'psql', ...args], { DATABASE_URL: database.url })

  it('takes a statement as its word, and from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'perpctl-psql-'))
    await writeFile(join(folder, 'one.sql'), 'select 1 as one')
    const [word, file, twice, none] = await Promise.all([
      psql('--json', 'select 1 as one'),
      psql('--csv', '-f', join(folder, 'one.sql')),
      psql('select 1', '-f', join(folder, 'one.sql')),
      psql(),
    ])
    await rm(folder, { recursive: true })
    const json = '{"columns":["one"],"rows":[{"one":1}],"command":"SELECT","count":1}\n'
    expect(word).toMatchObject({ code: 0, stdout: json, stderr: '' })
    expect(file).toMatchObject({ code: 0, stdout: 'one\r\n1\r\n', stderr: '' })
    expect(twice).toMatchObject({ code: 2, stderr: 'perpctl: a statement is given twice: leave one out\n' })
    expect(none).toMatchObject({
      code: 2,
      stderr: 'perpctl: the statement is empty; for example "select 1"\n',
    })
  })

  it('ends without a word when nobody reads on, and with 130 after Ctrl-C', async () => {
    const start = (statement: string) => {
      const env = { ...process.env, DATABASE_URL: database.url }
      return spawn(process.execPath, [BIN, 'db', 'psql', statement], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
    }
    const endless = start('select generate_series(1, 1000000000)')
    const told = text(endless.stderr)
    const left = once(endless, 'exit')
    await once(endless.stdout, 'data')
    endless.stdout.destroy()
    expect([await left, await told]).toEqual([[0, null], ''])

    const sleeping = start('select 1 as n union all select 2 from pg_sleep(600)')
    await expect
      .poll(
        async () => {
          const busy =
            await database.sql`select 1 from pg_stat_activity where query like '%pg_sleep(600)%' and state = 'active'
          and pid <> pg_backend_pid()`
          return busy.length
        },
        { timeout: 120_000 },
      )
      .toBe(1)
    const ended = once(sleeping, 'exit')
    sleeping.kill('SIGINT')
    expect(await ended).toEqual([130, null])
  })
})

describe('the prompt', () => {
  it('takes statements up to their semicolon until \\q', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()]
    const heard: string[] = []
    input.write('select 1\n\n  as a;\n\nselect 2;\n\\q\nselect 3;\n')
    await prompt({ input, output, run: async (statement) => void heard.push(statement) })
    output.end()
    expect(heard).toEqual(['select 1\n\n  as a;', 'select 2;'])
    expect(await text(output)).toBe('perpctl=> perpctl-> perpctl-> perpctl=> perpctl=> perpctl=> ')
  })

  it.each(['\\dt', '\\?', ' help;'])('answers %s with what it knows, and runs nothing', async (line) => {
    const [input, output] = [new PassThrough(), new PassThrough()]
    const heard: string[] = []
    input.write(`${line}\nselect 1\n  \\x;\n\\q\n`)
    await prompt({ input, output, run: async (statement) => void heard.push(statement) })
    output.end()
    // Inside a statement it is a part of it.
    expect(heard).toEqual(['select 1\n  \\x;'])
    expect(await text(output)).toBe(`perpctl=> a statement of SQL ends with ;, \\q leaves; tables and views:
  select table_name from information_schema.tables where table_schema = 'public';
perpctl=> perpctl-> perpctl=> `)
  })
})
