import { setTimeout as sleep } from 'node:timers/promises'
import { INDEX_SYMBOL } from '../../src/lib/model/market.ts'
import { HOUR, MINUTE } from '../../src/lib/model/window.ts'
import { startSimulator, type VenueSimulator } from '../../src/sim/index.ts'
import { atLeast, atMost, type Part, tell } from './figure.ts'
import type { Ground } from './ground.ts'
import { spentSince } from './processor.ts'
import { SYMBOL_COUNT } from './raw-venue.ts'
import { storeHistory } from './stored-hour.ts'
import { type StreamProcess, startStream } from './stream-process.ts'
import { clearForStream, readDetails, readFailures } from './stream-status.ts'
import { compareCandles } from './stream-truth.ts'
import { listTradable } from './tradable.ts'

const GOAL_MESSAGES = 5_000
/** The venue's pace is 250, which makes 3,033 messages a second of 700 symbols; this makes 5,000 and a few. */
const PUSH = 146
const GOAL_LAG = 1_000
/** 1,402 streams, of which a connection carries 1,024. */
const CONNECTIONS = 2
const MINUTES = 2
const START = Date.UTC(2026, 5, 1, 0, 2)
/** From the start of the process until it does nothing but stream. */
const WARM_UP = 12_000
const CLOSE_DELAY = 100
const POLL = 20
const PATIENCE = 20_000

/** Everything that trades, in real time, for two minutes and their three ends, an hour of history before it. */
export async function measureLiveStream(ground: Ground): Promise<Part> {
  await clearForStream(ground)
  await using simulator = await startSimulator({
    symbolCount: SYMBOL_COUNT,
    seed: 'bench',
    clock: { startAt: START },
    stream: { klinePushMs: PUSH, closeDelayMs: CLOSE_DELAY },
  })
  const { restUrl, wsUrl } = simulator
  const place = { databaseUrl: ground.url, symbols: ['all'] }
  const history = { from: START - HOUR, to: START }
  const symbols = await listTradable(restUrl)
  await storeHistory(ground, simulator.truth, { symbols, window: history })
  const firstEnd = START + MINUTE
  simulator.advance(Math.max(0, firstEnd - WARM_UP - simulator.now()))
  await using stream = await startStream({ ...place, restUrl, wsUrl, more: ['--heartbeat', '60s'] })
  const watched = await watchMinutes(ground, { stream, simulator, count: symbols.length }, firstEnd)
  const { opened, violations, disconnects } = simulator.stream()
  await stream.stop()
  const firstMinutes = Object.fromEntries(symbols.map((symbol) => [symbol, history.from]))
  const until = firstEnd + MINUTES * MINUTE
  const candles = await compareCandles(ground.sql, simulator.truth, { firstMinutes, until })
  const rows = await readDetails(ground)
  const lags = rows.flatMap(({ lag: { p50, p99 } }) => (p50 === null || p99 === null ? [] : [{ p50, p99 }]))
  const broken = Object.values(violations).reduce((sum, count) => sum + count, 0)
  return {
    figures: describe({ ...watched, lags, opened, broken }),
    details: {
      ...watched,
      lags,
      opened,
      violations,
      disconnects,
      candles,
      end: rows.at(-1),
      failures: await readFailures(ground),
    },
  }
}

interface Watched {
  readonly perSecond: number
  /** From the venue's event to the moment at which another session saw the last candle of a minute. */
  readonly seenMs: readonly number[]
  /** Of one core. */
  readonly share: number
  readonly peak: number
  readonly rsiRows: number
}

interface Scene {
  readonly stream: StreamProcess
  readonly simulator: VenueSimulator
  /** Symbols. */
  readonly count: number
}

async function watchMinutes(
  ground: Ground,
  { stream, simulator, count }: Scene,
  firstEnd: number,
): Promise<Watched> {
  await sleep(Math.max(0, firstEnd - simulator.now()))
  const before = { at: performance.now(), sent: simulator.stream().sent, spent: stream.processor() }
  const seenMs: number[] = []
  for (let minute = 0; minute <= MINUTES; minute += 1) {
    const end = firstEnd + minute * MINUTE
    await sleep(Math.max(0, end - simulator.now()))
    await untilStored(ground, { table: 'ohlcv', minute: end - MINUTE, count })
    seenMs.push(simulator.now() - end - CLOSE_DELAY)
  }
  const rsiRows = await untilStored(ground, {
    table: 'rsi',
    minute: firstEnd + (MINUTES - 1) * MINUTE,
    count,
  })
  const seconds = (performance.now() - before.at) / 1_000
  const { user, system } = spentSince(before.spent, stream.processor())
  const perSecond = (simulator.stream().sent - before.sent) / seconds
  return { perSecond, seenMs, share: (user + system) / seconds, peak: stream.memory().peak, rsiRows }
}

/** Waits until this minute of all symbols can be read. */
async function untilStored(
  { sql }: Ground,
  {
    table,
    minute,
    count,
  }: { readonly table: 'ohlcv' | 'rsi'; readonly minute: number; readonly count: number },
): Promise<number> {
  const startedAt = performance.now()
  for (;;) {
    const [row] = await sql<{ stored: number }[]>`
      select count(*)::int as stored from ${sql(table)}
      where ts = to_timestamp(${minute / 1_000}) and symbol <> ${INDEX_SYMBOL}`
    const stored = row?.stored ?? 0
    if (stored >= count) return stored
    if (performance.now() - startedAt > PATIENCE)
      throw new Error(`${table} of ${new Date(minute).toISOString()}: only ${stored} of ${count} symbols`)
    await sleep(POLL)
  }
}

interface Outcome extends Watched {
  readonly lags: readonly { readonly p50: number; readonly p99: number }[]
  readonly opened: number
  readonly broken: number
}

function describe({ perSecond, seenMs, share, peak, lags, opened, broken }: Outcome): Part['figures'] {
  const worst = (values: readonly number[]): number => (values.length > 0 ? Math.max(...values) : Number.NaN)
  return [
    atLeast(GOAL_MESSAGES, 'h. 700 symbols in real time, messages', perSecond, 'messages/s'),
    tell('h. the same, lag p50 from event to commit, worst minute', worst(lags.map(({ p50 }) => p50)), 'ms'),
    atMost(GOAL_LAG, 'h. the same, lag p99, worst minute', worst(lags.map(({ p99 }) => p99)), 'ms'),
    tell('h. the same, all candles of a minute readable after', worst(seenMs), 'ms'),
    atMost(CONNECTIONS, 'h. the same, connections opened', opened, 'connections'),
    atMost(0, 'h. the same, limits of the feed broken', broken, 'times'),
    tell('h. the same, share of one core', share * 100, '%'),
    tell('h. the same, with RSI, peak memory', peak, 'MB'),
  ]
}

if (import.meta.main) {
  const { prepareGround } = await import('./ground.ts')
  await using ground = await prepareGround()
  process.stdout.write(`${JSON.stringify(await measureLiveStream(ground))}\n`)
}
