import { setTimeout as sleep } from 'node:timers/promises'
import { startSimulator } from '../../src/sim/index.ts'
import { atLeast, type Part, tell } from './figure.ts'
import type { Ground } from './ground.ts'
import { type RawFeedProcess, type Sent, startRawFeed } from './raw-feed-process.ts'
import type { LoadOrder, LoadResult } from './raw-load.ts'
import { FUTURE } from './raw-venue.ts'
import { CORES, type StreamProcess, startStream } from './stream-process.ts'
import { clearForStream, readDetails, readFailures, untilCovered } from './stream-status.ts'
import { compareCandles, compareOrders } from './stream-truth.ts'
import { listTradable } from './tradable.ts'

const GOAL = 50_000
interface Staircase extends Omit<LoadOrder, 'perSecond'> {
  readonly rates: readonly number[]
  /** At the rate that is not sustained. */
  readonly tries: number
}
const MIX: Staircase = {
  kind: 'mix',
  seconds: 5,
  rates: [25_000, 50_000, 75_000, 100_000, 125_000],
  tries: 2,
}
/** What is too much here goes to the disk, and from there back: once is long enough. */
const CLOSED: Staircase = { kind: 'closed', seconds: 5, rates: [4_000, 8_000, 12_000, 16_000], tries: 1 }

/** A rate is sustained when the client is not behind at its end, and what it has read is soon committed. */
const MOST_BEHIND = 250
const MOST_UNCOMMITTED = 2_000
const PATIENCE = 90_000
/** Until the next load what is left of the one before is read. */
const REST = 1_000

interface Step extends LoadResult {
  readonly perSecond: number
  readonly committedMs: number
  readonly isSustained: boolean
  readonly peakMegabytes: number
}

interface Scene {
  readonly symbols: number
  readonly feed: RawFeedProcess
  readonly stream: StreamProcess
}

/**
 * Messages a second that one core takes in and commits: the rate grows until the client does not keep up any more. In
 * the end everything that was sent must be in the tables, digit by digit.
 */
export async function measureStreamSpeed(ground: Ground): Promise<Part> {
  await clearForStream(ground)
  await using feed = await startRawFeed(CORES?.feed)
  const { restUrl, wsUrl } = feed
  const symbols = (await listTradable(restUrl)).length
  const place = { databaseUrl: ground.url, restUrl, wsUrl, core: CORES?.stream }
  await using stream = await startStream({ ...place, symbols: ['all'], more: ['--heartbeat', '5s'] })
  // A first minute of all symbols is stored.
  await untilCovered(ground, { symbols, until: 0, timeoutMs: PATIENCE })
  const mix = await climb(ground, { feed, stream, symbols }, MIX)
  const closed = await climb(ground, { feed, stream, symbols }, CLOSED)
  const { until } = await feed.sent()
  await untilCovered(ground, { symbols, until, timeoutMs: PATIENCE })
  await stream.stop()
  const stored = await compareWithSent(ground, feed, until)
  const where = CORES ? 'on one core' : 'not held to one core'
  return {
    figures: [
      atLeast(GOAL, `h. messages a second with commit, ${where}`, findBest(mix), 'messages/s'),
      tell(`h. closed candles alone, ${where}`, findBest(closed), 'candles/s'),
      tell('h. sent in all, each stored once and no other: candles', stored.candles, 'candles'),
      tell('h. sent in all, each stored once and no other: orders', stored.orders, 'orders'),
    ],
    details: { cores: CORES ?? null, mix, closed, ...stored },
  }
}

const findBest = (steps: readonly Step[]): number =>
  steps.reduce(
    (best, { isSustained, perSecond, readPerSecond }) =>
      isSustained ? Math.max(best, Math.min(perSecond, readPerSecond)) : best,
    0,
  )

async function compareWithSent(ground: Ground, feed: RawFeedProcess, until: number) {
  const { firstMinutes, orders } = await feed.sent()
  await using future = await startSimulator(FUTURE)
  const candles = await compareCandles(ground.sql, future.truth, { firstMinutes, until })
  await compareOrders(ground.sql, orders.map(describeOrder))
  const end = (await readDetails(ground)).at(-1)
  return { candles, orders: orders.length, end, failures: await readFailures(ground) }
}

async function climb(ground: Ground, scene: Scene, { rates, tries, ...load }: Staircase): Promise<Step[]> {
  const steps: Step[] = []
  let failures = 0
  for (let at = 0; at < rates.length && failures < tries; ) {
    const step = await takeStep(ground, scene, { ...load, perSecond: rates[at] ?? 0 })
    steps.push(step)
    if (step.isSustained) at += 1
    failures = step.isSustained ? 0 : failures + 1
  }
  return steps
}

async function takeStep(ground: Ground, { feed, stream, symbols }: Scene, order: LoadOrder): Promise<Step> {
  const result = await feed.load(order)
  const { until } = await feed.sent()
  const committedMs = await untilCovered(ground, { symbols, until, timeoutMs: PATIENCE })
  await sleep(REST)
  const behind = result.behindMs.at(-1) ?? Number.POSITIVE_INFINITY
  const isSustained = behind <= MOST_BEHIND && committedMs <= MOST_UNCOMMITTED
  const peakMegabytes = Math.round(stream.memory().peak)
  return {
    ...result,
    perSecond: order.perSecond,
    committedMs: Math.round(committedMs),
    isSustained,
    peakMegabytes,
  }
}

const describeOrder = ({ symbol, time, side, price, quantity }: Sent['orders'][number]): string =>
  [symbol, time, side === 'SELL' ? 'long' : 'short', price, quantity].join(' ')

if (import.meta.main) {
  const { prepareGround } = await import('./ground.ts')
  await using ground = await prepareGround()
  process.stdout.write(`${JSON.stringify(await measureStreamSpeed(ground))}\n`)
}
