import { toNumber } from '../../model/decimal.ts'
import { sumDecimals } from '../../model/exact-decimal.ts'
import type { Decimal, TakerVolume } from '../../model/market.ts'
import { MINUTE, type Window } from '../../model/window.ts'
import type { Refiner } from '../../pipeline/refine.ts'
import type { Store, VolumeReader } from '../../ports.ts'
import { decideFlowLabel } from '../math/flow-label.ts'
import { spreadFlow } from '../math/spread-volume.ts'
import { findKnownCandles, type KnownCandles } from './known-candles.ts'

const FLOW = 5 * MINUTE
/** Of the informative points of a page so many must fit, or the timestamps do not mean what they are taken for. */
const LEAST_FITTING = 0.5

/**
 * Spreads sums over five minutes over the candles of the same minutes, in proportion to their volume, so that the
 * parts add up to the sum to the last digit. Minutes without a candle at the venue get no row; where it is not known
 * whether there is one, the five minutes stay a gap.
 */
export function createFlowSpreader(needs: {
  readonly store: Pick<Store, 'coverage'>
  readonly reader: VolumeReader
}): Refiner<'tv'> {
  return async (symbol, rows, window) => {
    const known = await findKnownCandles(symbol, window, needs)
    const candles = await needs.reader.volumes(symbol, window)
    const volumes = new Map(candles.map(({ ts, volume }) => [ts, volume]))
    const basis =
      known.version === undefined ? [] : [{ dataset: 'ohlcv' as const, symbol, version: known.version }]
    if (contradicts(rows, volumes)) {
      const reason = 'the sums do not fit the candles of their minutes: the venue labels them by another time'
      return { rows: [], lacking: [window], reason, basis }
    }
    const spread = rows.map((row) => spreadRow(row, volumes, known))
    return {
      rows: spread.flatMap((parts) => parts ?? []),
      lacking: rows.flatMap(({ ts }, at) => (spread[at] ? [] : [{ from: ts, to: ts + FLOW }])),
      reason: 'candles of these minutes are missing',
      basis,
    }
  }
}

/** Undefined where the candles do not allow it. */
function spreadRow(
  row: TakerVolume,
  volumes: ReadonlyMap<number, Decimal>,
  known: KnownCandles,
): TakerVolume[] | undefined {
  const minutes = [0, 1, 2, 3, 4].map((at) => row.ts + at * MINUTE)
  if (!minutes.every((ts) => volumes.has(ts) || isIn(ts, known.absent))) return undefined
  const traded = minutes.filter((ts) => volumes.has(ts))
  if (traded.length === 0) return isZero(row.buyVolume) && isZero(row.sellVolume) ? [] : undefined
  const weights = traded.map((ts) => volumes.get(ts) ?? '0')
  const buys = spreadFlow(row.buyVolume, weights)
  const sells = spreadFlow(row.sellVolume, weights)
  return traded.map((ts, at) => ({ ...row, ts, buyVolume: buys[at] ?? '0', sellVolume: sells[at] ?? '0' }))
}

const isIn = (ts: number, windows: readonly Window[]): boolean =>
  windows.some(({ from, to }) => ts >= from && ts < to)
const isZero = (text: Decimal): boolean => toNumber(text) === 0

/** The label was decided from a sample: each page is a sample too. */
function contradicts(rows: readonly TakerVolume[], volumes: ReadonlyMap<number, Decimal>): boolean {
  const points = rows.map(({ ts, buyVolume, sellVolume }) => ({
    ts,
    total: sumDecimals([buyVolume, sellVolume]),
  }))
  const { label, informative, fitsStart } = decideFlowLabel(points, (ts) => volumes.get(ts))
  return label === 'end' || (informative >= 12 && fitsStart < informative * LEAST_FITTING)
}
