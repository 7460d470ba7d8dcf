import { describe, expect, it, vi } from 'vitest'
import { PostgresStore } from '../../src/db/store.ts'
import { DAY, HOUR, MINUTE, type Window } from '../../src/lib/model/window.ts'
import { createListing } from '../../src/sim/binance/listing.ts'
import { otherKey } from '../helpers/archive.ts'
import {
  interestLines,
  metricLines,
  storedFunding,
  storedInterest,
  storedPrices,
  storedRatios,
  trueFunding,
  truePrices,
} from '../helpers/archive-runs.ts'
import { scopeArgs } from '../helpers/case-run.ts'
import { CASE_SYMBOL } from '../helpers/cases.ts'
import { storedCoverage } from '../helpers/coverage-rows.ts'
import { createWorld, expectTruth, type World } from '../helpers/world.ts'

const MARCH = Date.UTC(2026, 2, 5, 12)
/** A whole month that is out, and days of the next one that have no month yet. */
const MONTH_AND_DAYS = { from: Date.UTC(2026, 1, 25), to: Date.UTC(2026, 2, 3) }
const MONTH_END = Date.UTC(2026, 2, 1)
const JUNE = Date.UTC(2026, 5, 28, 12)
/** Labels of metrics change their meaning with the file of the second of them. */
const SWITCH = { from: Date.UTC(2026, 5, 24), to: Date.UTC(2026, 5, 26) }

const argsOf = (command: string, window: Window, source: string, symbols?: readonly string[]): string[] => [
  'backfill',
  command,
  ...scopeArgs(window, symbols),
  '--source',
  source,
  '--json',
  // Nothing is asked for twice because a machine is slow.
  '--request-timeout',
  '5m',
]

const still = (startAt: number): Promise<World> => createWorld({ clock: { startAt, rate: 0 } })

/** The files that were loaded, each as often as it was. */
const zipsOf = ({ simulator }: World): string[] =>
  Object.entries(simulator.stats().archive.files)
    .filter(([key]) => key.endsWith('.zip'))
    .flatMap(([key, count]) => Array.from({ length: count }, () => key))

/** A run asks for no rows, and for so many listings. */
async function expectNothingAsked<T>(world: World, listings: number, run: () => Promise<T>): Promise<T> {
  const before = world.simulator.stats()
  const result = await run()
  const after = world.simulator.stats()
  expect(after.archive).toEqual({ ...before.archive, listings: before.archive.listings + listings })
  const asked = after.recorded.slice(before.recorded.length).map(({ path }) => path)
  expect(asked.filter((path) => /lines|fundingRate$|futures.data/i.test(path))).toEqual([])
  return result
}

/** Traded since the last week of a month: its file is a short one. */
const NEW = createListing({ symbol: 'NEWUSDT', basePrice: 10, firstCandle: MONTH_AND_DAYS.from })
/** The one that has a claim. */
const RUN = '6f1c2d3e-0000-4000-8000-000000000000'
/** So that few files are quicker than few requests. */
const SLOWLY = ['--concurrency', '1']

describe.concurrent('backfill ohlcv', () => {
  it.each([
    { source: 'archive', files: 4, isLacking: true },
    { source: 'auto', files: 4, isLacking: false },
    { source: 'rest', files: 0, isLacking: false },
  ])(
    '--source $source stores the true candles and rates of a month and some days',
    async ({ source, files, isLacking }) => {
      await using world = await createWorld({ clock: { startAt: MARCH, rate: 0 }, symbols: [NEW] })
      const args = [...argsOf('ohlcv', MONTH_AND_DAYS, source, [NEW.symbol]), ...SLOWLY]
      const first = await world.run(args)
      // Rates have files of months alone.
      const lack = { symbol: NEW.symbol, dataset: 'funding', reason: 'the archive has no file of it' }
      expect([first.code, JSON.parse(first.stdout).failed]).toEqual(isLacking ? [3, [lack]] : [0, []])
      expect(zipsOf(world)).toHaveLength(files)
      await expectTruth(world, [NEW.symbol], MONTH_AND_DAYS)
      const { truth } = world.simulator
      const rated = isLacking ? { ...MONTH_AND_DAYS, to: MONTH_END } : MONTH_AND_DAYS
      expect(await storedFunding(world.database.sql)).toEqual(trueFunding(truth, NEW.symbol, rated))
      const second = await expectNothingAsked(world, isLacking ? 1 : 0, () => world.run(args))
      expect(second.code).toBe(first.code)
      expect(JSON.parse(second.stdout)).toMatchObject({ rowsInserted: 0, rowsUpdated: 0 })
    },
  )
})

describe.concurrent('backfill prices and oi-lsr from files', () => {
  it('store the three prices of a day as they are', async () => {
    await using world = await still(JUNE)
    const { code } = await world.run(argsOf('prices', SWITCH, 'archive'))
    expect(code).toBe(0)
    expect(await storedPrices(world.database.sql)).toEqual(
      truePrices(world.simulator.truth, CASE_SYMBOL, SWITCH),
    )
  })

  it('store snapshots at their instant on both sides of the day on which labels change', async () => {
    await using world = await still(JUNE)
    const { code, stdout } = await world.run(argsOf('oi-lsr', SWITCH, 'archive'))
    expect([code, JSON.parse(stdout).failed]).toEqual([0, []])
    const { truth } = world.simulator
    const metrics = truth.metrics(CASE_SYMBOL, SWITCH)
    expect(metrics).toHaveLength(2 * 288)
    expect(await storedInterest(world.database.sql)).toEqual(
      interestLines(CASE_SYMBOL, truth.openInterest(CASE_SYMBOL, SWITCH)),
    )
    expect(await storedRatios(world.database.sql)).toEqual(metricLines(CASE_SYMBOL, metrics))
    await expectNothingAsked(world, 0, () => world.run(argsOf('oi-lsr', SWITCH, 'archive')))
  })

  it('have open interest that the API does not keep any more, with --source auto', async () => {
    await using world = await still(JUNE)
    const window = { from: JUNE - 40 * DAY - 12 * HOUR, to: JUNE - 39 * DAY - 12 * HOUR }
    const rest = await world.run(argsOf('oi-lsr', window, 'rest'))
    expect(JSON.parse(rest.stdout)).toMatchObject({ rowsInserted: 0, expiredMinutes: 2 * (DAY / MINUTE) })
    const auto = await world.run(argsOf('oi-lsr', window, 'auto'))
    expect([auto.code, JSON.parse(auto.stdout).failed]).toEqual([0, []])
    const metrics = world.simulator.truth.metrics(CASE_SYMBOL, window)
    expect(metrics).toHaveLength(288)
    expect(await storedRatios(world.database.sql)).toEqual(metricLines(CASE_SYMBOL, metrics))
    expect(await storedCoverage(world.database.sql, ['oi', 'lsr'])).toEqual(
      ['lsr', 'oi'].map((dataset) => ({ symbol: CASE_SYMBOL, dataset, covered: [window], absent: [] })),
    )
  })
})

describe.concurrent('files of three symbols', () => {
  const symbols = [CASE_SYMBOL, 'ETHUSDT', 'SOLUSDT']
  const args = argsOf('oi-lsr', SWITCH, 'archive', symbols)
  const reversed = argsOf('oi-lsr', SWITCH, 'archive', symbols.toReversed())

  const expectAll = async (world: World): Promise<void> => {
    const { truth } = world.simulator
    const lines = symbols.flatMap((symbol) => metricLines(symbol, truth.metrics(symbol, SWITCH)))
    expect(await storedRatios(world.database.sql)).toEqual(lines.toSorted())
    const interest = symbols.flatMap((symbol) => interestLines(symbol, truth.openInterest(symbol, SWITCH)))
    expect(await storedInterest(world.database.sql)).toEqual(interest.toSorted())
  }

  it('after kill -9 in the middle of them: only those that are not stored are fetched', async () => {
    const last = otherKey('SOLUSDT', '2026-06-25', 'metrics')
    const fault = { kind: 'hang', path: last } as const
    await using world = await createWorld({ clock: { startAt: JUNE, rate: 0 }, faults: [fault] })
    const { child, done } = world.start(args)
    // All but the file that hangs, whose last snapshot is of the day behind.
    const rows = 5 * (symbols.length * 2 - 1) * 288 + 5
    const { sql } = world.database
    const isStored = async (): Promise<boolean> => {
      const counts = [(await storedRatios(sql)).length, (await storedInterest(sql)).length]
      return counts.every((count) => count === rows)
    }
    await vi.waitUntil(isStored, { interval: 50, timeout: 120_000 })
    child.kill('SIGKILL')
    expect((await done).signal).toBe('SIGKILL')
    world.simulator.setFaults([])
    const before = zipsOf(world)
    const { code, stdout } = await world.run(args)
    expect([code, JSON.parse(stdout).failed]).toEqual([0, []])
    const fetched = zipsOf(world)
    expect(fetched).toHaveLength(before.length + 1)
    expect(fetched.filter((key) => key === last)).toHaveLength(before.includes(last) ? 2 : 1)
    await expectAll(world)
  })

  it('are fetched once by two runs at once', async () => {
    await using world = await still(JUNE)
    const results = await Promise.all([world.run(args), world.run(reversed)])
    expect(results.map(({ code }) => code)).toEqual([0, 0])
    const fetched = zipsOf(world)
    expect(fetched).toHaveLength(symbols.length * 3)
    expect(new Set(fetched).size).toBe(fetched.length)
    await expectAll(world)
  })
})

describe.concurrent('what a run says before and while it loads files', () => {
  it('--dry-run names files and bytes, and loads none of them', async () => {
    await using world = await createWorld({ clock: { startAt: MARCH, rate: 0 }, symbols: [NEW] })
    const args = [...argsOf('ohlcv', MONTH_AND_DAYS, 'auto', [NEW.symbol]), ...SLOWLY, '--dry-run']
    const { code, stdout } = await world.run(args)
    expect(code).toBe(0)
    const text = await world.run(args.filter((arg) => arg !== '--json'))
    expect(text.stdout).toMatch(/4 files of the archive \([\d.]+ [kM]B\)/)
    expect(JSON.parse(stdout).total).toMatchObject({ count: 4, bytes: expect.any(Number) })
    expect(zipsOf(world)).toEqual([])
  })

  it('tells in a line whom it waits for, and goes on when that one has ended', async () => {
    await using world = await still(JUNE)
    const patience = { url: world.database.url, run: RUN, timeoutMs: 10_000, onWait: () => {} }
    await using store = new PostgresStore('binance', patience)
    const claim = await store.claim('lsr', CASE_SYMBOL)
    const { child, done } = world.start(argsOf('oi-lsr', SWITCH, 'archive'))
    let told = ''
    child.stderr?.on('data', (data: Buffer) => {
      told += data.toString()
    })
    await vi.waitUntil(() => told.includes('in the hands of'), { interval: 50, timeout: 120_000 })
    expect(zipsOf(world)).toEqual([])
    await claim?.[Symbol.asyncDispose]()
    expect((await done).code).toBe(0)
    expect(told.split('\n').filter((line) => line.includes('in the hands of'))).toEqual([
      expect.stringMatching(/2 jobs in the hands of .*waiting/),
    ])
    expect(zipsOf(world)).toHaveLength(3)
  })

  it('tells the terms of the archive in two lines', async () => {
    await using world = await still(JUNE)
    const day = { from: SWITCH.from, to: SWITCH.from + DAY }
    const { stdout, stderr } = await world.run(
      argsOf('prices', day, 'archive').filter((arg) => arg !== '--json'),
    )
    const told = `${stdout}${stderr}`
      .split('\n')
      .filter((line) => /Dataset Terms|no commercial use/.test(line))
    expect(told).toHaveLength(2)
  })
})
