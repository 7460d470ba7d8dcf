import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, type Window } from '../../src/lib/model/window.ts'
import type { FaultRule } from '../../src/sim/core/faults.ts'
import { storedMetrics, storedPrices, timeOf, trueMetrics, truePrices } from '../helpers/archive-runs.ts'
import { scopeArgs } from '../helpers/case-run.ts'
import { CASE_SYMBOL } from '../helpers/cases.ts'
import { createWorld, type World } from '../helpers/world.ts'

const NOW = Date.UTC(2026, 5, 28, 12)
const DAY_START = Date.UTC(2026, 5, 26)
/** Files of these lie in the archive by day, the month has none yet. */
const ONE_DAY = { from: DAY_START, to: DAY_START + DAY }
const TEN = DAY_START + 10 * HOUR
const STEP = 5 * MINUTE

const FOLDER = `daily/markPriceKlines/${CASE_SYMBOL}/1m/`
const MARK = `${FOLDER}${CASE_SYMBOL}-1m-2026-06-26.zip`
const METRICS = `daily/metrics/${CASE_SYMBOL}/${CASE_SYMBOL}-metrics-2026-06-26.zip`

interface Defect {
  readonly name: string
  readonly command: 'prices' | 'oi-lsr'
  readonly fault: FaultRule
  /** What the files do not bring, and why; absent where all of it comes. */
  readonly lack?: {
    readonly datasets: readonly string[]
    readonly window: Window
    readonly file: string | null
    readonly reason: RegExp
  }
}

const WHOLE_MARK = { datasets: ['mark'], window: ONE_DAY }

const DEFECTS: readonly Defect[] = [
  {
    name: 'is missing',
    command: 'prices',
    fault: { kind: 'archive-missing', path: MARK },
    lack: { ...WHOLE_MARK, file: null, reason: /no file of it/ },
  },
  {
    name: 'comes later',
    command: 'prices',
    fault: { kind: 'archive-late', path: MARK, at: NOW + HOUR },
    lack: { ...WHOLE_MARK, file: null, reason: /no file of it/ },
  },
  {
    name: 'has the checksum of another for a moment',
    command: 'prices',
    fault: { kind: 'stale-checksum', path: `${MARK}.CHECKSUM`, count: 1 },
  },
  {
    name: 'has the checksum of another',
    command: 'prices',
    fault: { kind: 'stale-checksum', path: `${MARK}.CHECKSUM` },
    lack: { ...WHOLE_MARK, file: MARK, reason: /SHA-256/ },
  },
  {
    name: 'has a wrong CRC and a right checksum',
    command: 'prices',
    fault: { kind: 'archive-bad-crc', path: MARK },
    lack: { ...WHOLE_MARK, file: MARK, reason: /CRC/ },
  },
  {
    name: 'is cut on the way, once',
    command: 'prices',
    fault: { kind: 'cut', path: MARK, count: 1 },
  },
  {
    name: 'ends early as if it were whole',
    command: 'prices',
    fault: { kind: 'truncated-json', path: MARK },
    lack: { ...WHOLE_MARK, file: MARK, reason: /SHA-256/ },
  },
  {
    name: 'is refused for a while',
    command: 'prices',
    fault: { kind: '403', path: MARK, count: 2 },
  },
  {
    name: 'is refused all the time',
    command: 'prices',
    fault: { kind: '403', path: MARK },
    lack: { ...WHOLE_MARK, file: MARK, reason: /403/ },
  },
  {
    name: 'is cut on the way each time',
    command: 'prices',
    fault: { kind: 'cut', path: MARK },
    lack: { ...WHOLE_MARK, file: MARK, reason: /closed in the middle/ },
  },
  {
    name: 'lacks rows',
    command: 'prices',
    fault: { kind: 'archive-lacks-rows', path: MARK, from: TEN, to: TEN + 2 * MINUTE },
    lack: {
      datasets: ['mark'],
      window: { from: TEN, to: TEN + 2 * MINUTE },
      file: MARK,
      reason: /lacks rows/,
    },
  },
  { name: 'has every row twice', command: 'oi-lsr', fault: { kind: 'archive-doubled', path: METRICS } },
  { name: 'is not sorted', command: 'oi-lsr', fault: { kind: 'archive-unsorted', path: METRICS } },
  {
    name: 'has a row without ratios',
    command: 'oi-lsr',
    // Labels tell the beginning of the five minutes.
    fault: { kind: 'archive-empty-cells', path: METRICS, from: TEN - STEP, to: TEN },
    lack: {
      datasets: ['lsr'],
      window: { from: TEN, to: TEN + STEP },
      file: METRICS,
      reason: /lacks rows/,
    },
  },
  {
    name: 'has a row without open interest',
    command: 'oi-lsr',
    fault: { kind: 'archive-zero-interest', path: METRICS, from: TEN - STEP, to: TEN },
    lack: { datasets: ['oi'], window: { from: TEN, to: TEN + STEP }, file: METRICS, reason: /lacks rows/ },
  },
  {
    name: 'has its first row in the file before',
    command: 'oi-lsr',
    fault: { kind: 'archive-edge', path: METRICS },
  },
  {
    name: 'lies beside one that nobody meant to publish',
    command: 'prices',
    fault: { kind: 'archive-stray', path: FOLDER, at: DAY_START },
  },
]

const argsOf = (command: string, source: string): string[] => [
  'backfill',
  command,
  ...scopeArgs(ONE_DAY),
  '--source',
  source,
  '--json',
  // Nothing is asked for twice because a machine is slow.
  '--request-timeout',
  '5m',
]

const stored = ({ database: { sql } }: World, command: Defect['command']): Promise<string[]> =>
  command === 'prices' ? storedPrices(sql) : storedMetrics(sql)

const truthOf = ({ simulator: { truth } }: World, { command, lack }: Defect): string[] => {
  if (command === 'prices') return truePrices(truth, CASE_SYMBOL, ONE_DAY)
  return trueMetrics(truth, CASE_SYMBOL, ONE_DAY, lack?.datasets.includes('lsr') ? [lack.window] : [])
}

const isLacking = (line: string, { datasets, window }: NonNullable<Defect['lack']>): boolean =>
  datasets.some((dataset) => line.startsWith(`${dataset},`)) &&
  timeOf(line) >= window.from &&
  timeOf(line) < window.to

/** The true rows, or a gap with its record until `--source auto` fills it: nothing else. */
describe.concurrent('a file of the archive that', () => {
  it.each(DEFECTS)('$name', async (defect) => {
    const { command, fault, lack } = defect
    await using world = await createWorld({ clock: { startAt: NOW, rate: 0 }, faults: [fault] })
    const alone = await world.run(argsOf(command, 'archive'))
    const truth = truthOf(world, defect)
    expect(truth.length).toBeGreaterThan(1_440)
    const failed = lack?.datasets.map((dataset) => ({
      symbol: CASE_SYMBOL,
      dataset,
      reason: expect.stringMatching(lack.reason),
    }))
    expect([alone.code, JSON.parse(alone.stdout).failed]).toEqual([
      lack ? 3 : 0,
      failed ? expect.arrayContaining(failed) : [],
    ])
    expect(await stored(world, command)).toEqual(truth.filter((line) => !(lack && isLacking(line, lack))))
    if (!lack) return
    const told = await world.database.sql<{ file: string | null; message: string }[]>`
      select details ->> 'file' as file, error_message as message from perp_errors
      where error_type = 'archive_file' and details ->> 'severity' = 'error'`
    expect(told).toContainEqual({
      file: lack.file === null ? null : `data/futures/um/${lack.file}`,
      message: expect.stringMatching(lack.reason),
    })
    const auto = await world.run(argsOf(command, 'auto'))
    expect([auto.code, JSON.parse(auto.stdout).failed]).toEqual([0, []])
    expect(await stored(world, command)).toEqual(truth)
  })

  it.each(DEFECTS)('$name leaves nothing missing with --source auto', async (defect) => {
    const { command, fault } = defect
    await using world = await createWorld({ clock: { startAt: NOW, rate: 0 }, faults: [fault] })
    const { code, stdout } = await world.run([...argsOf(command, 'auto'), '--concurrency', '1'])
    expect([code, JSON.parse(stdout).failed]).toEqual([0, []])
    expect(await stored(world, command)).toEqual(truthOf(world, defect))
    // Files, and not the API, were chosen.
    expect(Object.keys(world.simulator.stats().archive.files).length).toBeGreaterThan(3)
  })

  it('came later is loaded as soon as it is there', async () => {
    const fault = { kind: 'archive-late', path: MARK, at: NOW + HOUR } as const
    await using world = await createWorld({ clock: { startAt: NOW, rate: 0 }, faults: [fault] })
    expect((await world.run(argsOf('prices', 'archive'))).code).toBe(3)
    const before = world.simulator.stats().archive.files
    world.simulator.advance(HOUR)
    expect((await world.run(argsOf('prices', 'archive'))).code).toBe(0)
    expect(await storedPrices(world.database.sql)).toEqual(
      truePrices(world.simulator.truth, CASE_SYMBOL, ONE_DAY),
    )
    const { files } = world.simulator.stats().archive
    const fetched = Object.keys(files).filter((key) => files[key] !== before[key])
    expect(fetched.toSorted()).toEqual([`data/futures/um/${MARK}`, `data/futures/um/${MARK}.CHECKSUM`])
  })
})
