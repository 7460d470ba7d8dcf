import { createHash } from 'node:crypto'
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COMMANDS } from '../../src/commands/index.ts'
import { connect } from '../../src/db/connect.ts'
import { startSimulator } from '../../src/sim/index.ts'
import { type BareMachine, BUILT, buildBinary, makeBareMachine } from '../helpers/binary.ts'
import { runCli } from '../helpers/cli.ts'
import { hashOf, storedCandles, trueCandles } from '../helpers/recorded.ts'
import { whole } from '../helpers/whole.ts'

const BUILD_TIMEOUT = 900_000
const NOBODY = 65_534
const isRoot = process.getuid?.() === 0
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

/** Help is made by the same code for all of them. */
const HELPED = ['', ...whole(Object.keys(COMMANDS), ['backfill:ohlcv', 'db:psql'])]

let bare: BareMachine
beforeAll(() => {
  buildBinary()
  bare = makeBareMachine()
}, BUILD_TIMEOUT)
afterAll(() => bare[Symbol.dispose]())

describe('the executable, alone in a folder, with an empty environment', () => {
  it('tells its version', async () => {
    const result = await bare.run(['--version'])
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(result.stdout).toMatch(
      new RegExp(
        `^perpctl/${RegExp.escape(version)} ${process.platform}-${process.arch} node-v26\\.\\d+\\.\\d+\n$`,
      ),
    )
  })

  it.each(HELPED)('helps with "%s" in the words of the checkout', async (id) => {
    const args = [...id.split(':').filter((word) => word !== ''), '--help']
    const [there, here] = [await bare.run(args), await runCli(args)]
    expect(there).toEqual(here)
    expect(there).toMatchObject({ code: 0, stderr: '' })
    expect(there.stdout).toContain('USAGE')
  })

  it.each([
    [
      ['backfil', 'ohlcv', '--symbols', 'BTCUSDT'],
      'there is no command backfil; did you mean: perpctl backfill ohlcv --symbols BTCUSDT',
    ],
    [
      ['backfill', 'ohlcv'],
      'no symbols given; give --symbols BTCUSDT,ETHUSDT or --symbols all (tradable USDT perpetuals), or set PERPCTL_SYMBOLS',
    ],
    [
      ['backfill', 'ohlcv', '--symbols', 'BTCUSDT', '--sinse', '1d'],
      'backfill ohlcv has no flag --sinse; did you mean: perpctl backfill ohlcv --symbols BTCUSDT --since 1d',
    ],
    [
      ['status', '--limit', 'many'],
      '--limit: expected a whole number from 1 to 10000, not "many"; see --help and the manual for what each setting takes',
    ],
  ])('refuses %j with 2 and one line', async (args, message) => {
    expect(await bare.run(args)).toMatchObject({ code: 2, stdout: '', stderr: `perpctl: ${message}\n` })
  })

  it('takes no options for Node from the environment', async () => {
    const result = await bare.run(['--version'], { NODE_OPTIONS: '--require /no/such/file' })
    expect(result).toMatchObject({ code: 0, stderr: '' })
  })

  it('prints the licenses of what it holds', async () => {
    const { code, stdout } = await bare.run(['licenses'])
    expect(code).toBe(0)
    expect(stdout.trim()).toBe(readFileSync(`${BUILT}.licenses.txt`, 'utf8').trim())
  })
})

/** The candles of a day, as the venue of `--sim` has them. */
const DAY = { from: Date.UTC(2026, 1, 1), to: Date.UTC(2026, 1, 2) }
const BACKFILL = [
  'backfill',
  'ohlcv',
  '--symbols',
  'BTCUSDT',
  '--since',
  '2026-02-01',
  '--until',
  '2026-02-02',
]

const users: [string, number | undefined][] = isRoot
  ? [
      ['root', undefined],
      ['nobody', NOBODY],
    ]
  : [['this user', undefined]]
describe.each(users)('as %s, on a machine without anything', (_name, uid) => {
  let machine: BareMachine
  beforeAll(() => {
    machine = makeBareMachine(uid)
  })
  afterAll(() => machine[Symbol.dispose]())

  const query = async <T>(work: (sql: ReturnType<typeof connect>) => Promise<T>): Promise<T> => {
    const { stdout } = await machine.run(['db', 'url', '--sim'])
    const sql = connect(stdout.trim(), { max: 1 })
    try {
      return await work(sql)
    } finally {
      await sql.end({ timeout: 1 })
    }
  }

  it('fills a database that it brings itself, to the exact rows', async () => {
    const { code, stdout, stderr } = await machine.run([...BACKFILL, '--sim', '--json'])
    expect([code, stderr]).toEqual([0, expect.stringContaining('unpacking the embedded PostgreSQL')])
    expect(JSON.parse(stdout)).toMatchObject({ status: 'Completed', missingMinutes: 0, failed: [] })
    await using simulator = await startSimulator()
    const expected = trueCandles(simulator.truth, 'BTCUSDT', DAY).toSorted()
    expect(expected).toHaveLength(1_440)
    expect(hashOf(await query(storedCandles))).toBe(hashOf(expected))
  })

  it('tells what it has', async () => {
    const { code, stdout } = await machine.run(['status', '--sim', '--json'])
    expect(code).toBe(0)
    const { runs, coverage } = JSON.parse(stdout)
    expect(runs).toMatchObject([{ script: 'backfill ohlcv', state: 'completed', success: true, version }])
    expect(coverage.totals.map(({ dataset }: { dataset: string }) => dataset)).toEqual(['funding', 'ohlcv'])
  })

  it('streams minutes of an accelerated venue, to the exact rows', async () => {
    const args = ['stream', '--symbols', 'ETHUSDT', '--sim', '--sim-rate', '60', '--for', '10s', '--json']
    const { code, stdout } = await machine.run(args)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ status: 'Stopped', failed: [] })
    const stored = await query(async (sql) => ({
      candles: (await storedCandles(sql)).filter((line) => line.startsWith('ETHUSDT,')),
      covered: await sql<{ from: number; to: number }[]>`
        select (extract(epoch from lower(part)) * 1000)::float8 as from,
          (extract(epoch from upper(part)) * 1000)::float8 as to
        from coverage, unnest(covered) as part where symbol = 'ETHUSDT' and dataset = 'ohlcv'`,
    }))
    // The market is the same whatever the clock says: a later one has all of these minutes closed.
    await using simulator = await startSimulator({ clock: { startAt: Date.now() + DAY.to - DAY.from } })
    const expected = stored.covered.flatMap((window) => trueCandles(simulator.truth, 'ETHUSDT', window))
    expect(expected.length).toBeGreaterThanOrEqual(4)
    expect(stored.candles).toEqual(expected.toSorted())
  })

  it('stops the server', async () => {
    expect(await machine.run(['db', 'stop'])).toMatchObject({
      code: 0,
      stdout: 'The embedded PostgreSQL is stopped\n',
    })
  })
})

describe('the PostgreSQL inside', () => {
  const unpacked = (home: string): string[] =>
    readdirSync(join(home, 'postgres'))
      .filter((name) => name.startsWith('native-'))
      .map((name) => join(home, 'postgres', name))

  it('is unpacked once when many start at the same time, and again only where a file is damaged', async () => {
    const started = await Promise.all(Array.from({ length: 4 }, () => bare.run(['db', 'start', '--json'])))
    expect(started.map(({ code }) => code)).toEqual([0, 0, 0, 0])
    expect(new Set(started.map(({ stdout }) => JSON.parse(stdout).pid)).size).toBe(1)
    const [folder = ''] = unpacked(bare.home)
    expect(unpacked(bare.home)).toEqual([folder])
    expect(started.filter(({ stderr }) => stderr.includes('unpacking'))).toHaveLength(1)

    await bare.run(['db', 'stop'])
    expect((await bare.run(['db', 'start'])).stderr).not.toContain('unpacking')
    await bare.run(['db', 'stop'])
    truncateSync(join(folder, 'bin', 'initdb'), 1_000)
    // What a process has left that was killed while it unpacked.
    mkdirSync(`${folder}-Xk2a9Q`)
    writeFileSync(join(`${folder}-Xk2a9Q`, 'postgres'), '')
    const mended = await bare.run(['db', 'start'])
    expect(mended).toMatchObject({ code: 0, stderr: expect.stringContaining('was damaged') })
    expect(unpacked(bare.home)).toEqual([folder])
    const listing = JSON.parse(
      readFileSync(
        new URL(
          `../../node_modules/.cache/perpctl/${process.platform}-${process.arch}/postgres.json`,
          import.meta.url,
        ),
        'utf8',
      ),
    )
    for (const { path, sha256 } of listing.files) {
      const found = createHash('sha256')
        .update(readFileSync(join(folder, path)))
        .digest('hex')
      expect([path, found]).toEqual([path, sha256])
    }
  })

  it('is refused where the executable itself is damaged', async () => {
    using machine = makeBareMachine()
    const packed = readFileSync(
      new URL(
        `../../node_modules/.cache/perpctl/${process.platform}-${process.arch}/postgres.zst`,
        import.meta.url,
      ),
    )
    const offset = readFileSync(machine.file).indexOf(packed.subarray(0, 4_096))
    expect(offset).toBeGreaterThan(0)
    const file = openSync(machine.file, 'r+')
    writeSync(file, Buffer.from([~(packed[9_000] ?? 0) & 0xff]), 0, 1, offset + 9_000)
    closeSync(file)
    const { code, stderr } = await machine.run(['db', 'start'])
    expect(code).toBe(4)
    expect(stderr).toContain('the PostgreSQL inside this executable is damaged; get the file again')
    expect(unpacked(machine.home)).toEqual([])
  })
})

/** The executable, and what lies beside it. */
const MADE = ['', '.licenses.txt', '.cdx.json', '.sha256']

describe('a build', () => {
  // A second one takes half a minute: only at full length.
  it.skipIf(whole(false, true))(
    'makes the same file from the same input',
    () => {
      const again = `${BUILT}-again`
      try {
        buildBinary(again)
        for (const suffix of MADE.filter((each) => each !== '.sha256')) {
          const [first, second] = [BUILT, again].map((path) =>
            createHash('sha256')
              .update(readFileSync(`${path}${suffix}`))
              .digest('hex'),
          )
          expect([suffix, second]).toEqual([suffix, first])
        }
      } finally {
        for (const suffix of MADE) rmSync(`${again}${suffix}`, { force: true })
      }
    },
    BUILD_TIMEOUT,
  )

  it('leaves no trace of the folder that it was made in', () => {
    const root = fileURLToPath(new URL('../..', import.meta.url))
    expect(readFileSync(BUILT).includes(root)).toBe(false)
  })

  it('writes down the checksum of the executable', () => {
    const sha256 = createHash('sha256').update(readFileSync(BUILT)).digest('hex')
    expect(readFileSync(`${BUILT}.sha256`, 'utf8')).toBe(`${sha256}  perpctl\n`)
  })

  it('lists every package that is bundled, with its license, and no other', () => {
    const bill = JSON.parse(readFileSync(`${BUILT}.cdx.json`, 'utf8'))
    const texts = readFileSync(`${BUILT}.licenses.txt`, 'utf8')
    const dependencies = Object.entries<string>(
      JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).dependencies,
    )
    const names: string[] = bill.components.map((each: { name: string }) => each.name)
    for (const [name] of dependencies) {
      expect(names).toContain(name)
      expect(texts).toContain(`  ${name} `)
    }
    for (const native of ['node', 'postgresql', 'openssl', 'icu', 'zlib']) expect(names).toContain(native)
    for (const tool of ['esbuild', 'vitest', 'typescript', 'nock']) expect(names).not.toContain(tool)
    expect(texts).toContain('PostgreSQL Global Development Group')
    expect(texts).toContain('Copyright Node.js contributors')
    const unknown: unknown[] = bill.components.filter(
      (each: { licenses?: unknown[] }) => !each.licenses?.length,
    )
    expect(unknown).toEqual([])
  })
})
