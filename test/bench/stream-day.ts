import { setTimeout as sleep } from 'node:timers/promises'
import { DAY, MINUTE } from '../../src/lib/model/window.ts'
import { startSimulator, type VenueSimulator } from '../../src/sim/index.ts'
import { atMost, median, type Part, tell } from './figure.ts'
import type { Ground } from './ground.ts'
import { type StreamProcess, startStream } from './stream-process.ts'
import { clearForStream, readDetails, readFailures, untilCovered } from './stream-status.ts'
import { compareCandles } from './stream-truth.ts'

const GOAL_MEGABYTES = 200
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT']
/** A day in two minutes. */
const RATE = 720
const START = Date.UTC(2026, 5, 1, 0, 0, 30)
const LOOK = 250
/** The last quarter of a day against the first: more than noise. */
const MOST_GROWTH = 1.15
const PATIENCE = 30_000

/** Memory of a stream over a day of the venue: its peak, and whether it grows. */
export async function measureStreamDay(ground: Ground): Promise<Part> {
  await clearForStream(ground)
  await using simulator = await startSimulator({ clock: { startAt: START, rate: RATE } })
  const { restUrl, wsUrl } = simulator
  const place = { databaseUrl: ground.url, restUrl, wsUrl, symbols: SYMBOLS }
  await using stream = await startStream({ ...place, more: ['--heartbeat', '5s'] })
  const samples = await sampleMemory(stream, simulator, START + DAY)
  const until = START - (START % MINUTE) + DAY
  await untilCovered(ground, { symbols: SYMBOLS.length, until, timeoutMs: PATIENCE })
  const { peak } = stream.memory()
  await stream.stop()
  const firstMinutes = Object.fromEntries(SYMBOLS.map((symbol) => [symbol, Number.POSITIVE_INFINITY]))
  const candles = await compareCandles(ground.sql, simulator.truth, { firstMinutes, until })
  const quarters = [0, 1, 2, 3].map((quarter) => median(quarterOf(samples, quarter)))
  const growth = (quarters[3] ?? 0) / (quarters[0] ?? 0)
  const { violations, sent } = simulator.stream()
  const told = { end: (await readDetails(ground)).at(-1), failures: await readFailures(ground) }
  return {
    figures: [
      atMost(GOAL_MEGABYTES, 'h. peak memory, 3 symbols × a day at 720 times real time', peak, 'MB'),
      atMost(MOST_GROWTH, 'h. memory of its last quarter ÷ first', growth, 'ratio'),
      tell('h. the same against its second quarter', (quarters[3] ?? 0) / (quarters[1] ?? 0), 'ratio'),
      tell('h. candles of that day, all as the venue has them', candles, 'candles'),
    ],
    details: { quarters: quarters.map(Math.round), candles, sent, violations, ...told },
  }
}

async function sampleMemory(
  stream: StreamProcess,
  simulator: VenueSimulator,
  until: number,
): Promise<number[]> {
  const samples: number[] = []
  while (simulator.now() < until) {
    samples.push(stream.memory().resident)
    await sleep(LOOK)
  }
  return samples
}

function quarterOf(samples: readonly number[], quarter: number): readonly number[] {
  const size = Math.floor(samples.length / 4)
  return samples.slice(quarter * size, (quarter + 1) * size)
}

if (import.meta.main) {
  const { prepareGround } = await import('./ground.ts')
  await using ground = await prepareGround()
  process.stdout.write(`${JSON.stringify(await measureStreamDay(ground))}\n`)
}
