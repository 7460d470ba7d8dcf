import type {
  BinanceSimulator,
  BinanceSimulatorOptions,
  FuturesDataEndpoint,
  OpenInterestRow,
  RatioRow,
  TakerVolumeRow,
} from '../../src/sim/binance/index.ts'
import { ask, type Parameters, type Reply } from './simulator.ts'

export const MINUTE = 60_000
export const STEP = 5 * MINUTE
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
/** The newest point on the grid, out for a while. */
export const TIP = Date.UTC(2026, 4, 3, 12)
export const NOW = TIP + MINUTE
/** A venue at `NOW` whose clock stands still. */
export const frozen: BinanceSimulatorOptions = { clock: { startAt: NOW, rate: 0 }, hasLimits: false, seed: 7 }

export const SNAPSHOTS = [
  'openInterestHist',
  'topLongShortAccountRatio',
  'topLongShortPositionRatio',
  'globalLongShortAccountRatio',
] as const
export const ENDPOINTS = [...SNAPSHOTS, 'takerlongshortRatio'] as const

interface RowsOf extends Record<FuturesDataEndpoint, unknown> {
  openInterestHist: OpenInterestRow
  topLongShortAccountRatio: RatioRow
  topLongShortPositionRatio: RatioRow
  globalLongShortAccountRatio: RatioRow
  takerlongshortRatio: TakerVolumeRow
}

/** Of BTCUSDT each 5 minutes where the parameters do not say otherwise. */
export const askStatistic = (
  venue: BinanceSimulator,
  endpoint: FuturesDataEndpoint,
  parameters: Parameters = {},
): Promise<Reply> =>
  ask(`${venue.restUrl}/futures/data/${endpoint}`, { symbol: 'BTCUSDT', period: '5m', ...parameters })

export async function readStatistic<E extends FuturesDataEndpoint>(
  venue: BinanceSimulator,
  endpoint: E,
  parameters: Parameters = {},
): Promise<RowsOf[E][]> {
  const reply = await askStatistic(venue, endpoint, parameters)
  if (reply.status !== 200) throw new Error(`${reply.status} ${reply.text}`)
  return JSON.parse(reply.text)
}

export const timesOf = (rows: readonly unknown[]): unknown[] =>
  rows.map((row) => (row as { timestamp: unknown }).timestamp)

/** `count` points of the grid, the last one at `end`. */
export const gridTo = (end: number, count: number, step = STEP): number[] =>
  Array.from({ length: count }, (_, index) => end - (count - 1 - index) * step)
