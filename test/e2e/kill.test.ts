import { describe, expect, it } from 'vitest'
import { PostgresStore } from '../../src/db/store.ts'
import { intersect } from '../../src/lib/model/window.ts'
import {
  FEBRUARY,
  FEBRUARY_SYMBOLS,
  hashOf,
  hasRecorded,
  RECORDED,
  recordedFebruary,
  storedCandles,
} from '../helpers/recorded.ts'
import { askedCandles, createWorld, type World } from '../helpers/world.ts'

const ARGS = [
  'backfill',
  'ohlcv',
  '--symbols',
  FEBRUARY_SYMBOLS.join(','),
  '--since',
  FEBRUARY.since,
  '--until',
  FEBRUARY.until,
  '--concurrency',
  '2',
]
const KILLS = 20

/** The same moments in every run of the test: a linear congruential generator. */
function* moments(seed: number, most: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state % most
  }
}

const klinesServed = (world: World): number => world.simulator.stats().requests['/fapi/v1/klines'] ?? 0

async function readCoverage(world: World) {
  await using store = new PostgresStore('binance', {
    url: world.database.url,
    timeoutMs: 5_000,
    onWait: () => {},
  })
  return await store.coverage('ohlcv', FEBRUARY_SYMBOLS)
}

/** Starts a run and kills it once the venue has served `pages` more pages, or lets it end. */
async function runUntilKilled(world: World, pages: number): Promise<void> {
  const target = klinesServed(world) + pages
  const { child, done } = world.start(ARGS)
  const timer = setInterval(() => {
    if (klinesServed(world) >= target) child.kill('SIGKILL')
  }, 1)
  await done
  clearInterval(timer)
}

/** No page of this run asks for a minute that was committed before it began. */
async function expectNothingTwice(world: World, run: () => Promise<unknown>): Promise<void> {
  const covered = await readCoverage(world)
  const before = world.simulator.stats().recorded.length
  await run()
  for (const { symbol, from, to } of askedCandles(world.simulator, before)) {
    expect(intersect([{ from, to }], covered.get(symbol)?.covered ?? [])).toEqual([])
  }
}

describe.runIf(hasRecorded)('kill -9', () => {
  it(`at ${KILLS} moments, then one more run: the files to the digit, and no committed page asked twice`, async () => {
    await using world = await createWorld({ dataFolder: RECORDED })
    const pages = moments(20_260_201, 26)
    for (let kill = 0; kill < KILLS; kill += 1) {
      const count = pages.next().value ?? 0
      await expectNothingTwice(world, () => runUntilKilled(world, count))
    }
    await expectNothingTwice(world, async () => {
      const last = await world.run([...ARGS, '--json'])
      expect(last.code).toBe(0)
    })
    expect(hashOf(await storedCandles(world.database.sql))).toBe(hashOf(recordedFebruary()))
    const full = { from: Date.parse(FEBRUARY.since), to: Date.parse(FEBRUARY.until) }
    const coverage = await readCoverage(world)
    for (const symbol of FEBRUARY_SYMBOLS)
      expect(coverage.get(symbol)).toEqual({ covered: [full], absent: [] })
    const lost = await world.database.sql`select 1 from executions where end_time is null`
    expect(lost.length).toBeGreaterThan(0)
  }, 180_000)
})
