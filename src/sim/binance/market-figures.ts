import { digitsAt, type Exact, parseExact } from '../../lib/model/exact-decimal.ts'
import { HOUR, type Window } from '../../lib/model/window.ts'
import { joinSlices } from '../core/candle-block.ts'
import { readPage } from '../core/candle-source.ts'
import { type CandleDigest, createDigests, pointOf, STEP } from './candle-digest.ts'
import type { KlineRow } from './kline-row.ts'
import type { BinanceMarket } from './market.ts'

/** Where there was no candle for so long, the venue was not there. */
const LONGEST_SILENCE = HOUR

/** What the takers of a period bought and sold, in base asset. */
export interface TakerFlow {
  readonly buy: Exact
  readonly sell: Exact
}

/** What the candles tell the statistics. */
export interface MarketFigures {
  /**
   * At an instant of the five-minute grid: the open of its candle, else the last close before it; as it was then, whatever
   * was corrected later. Undefined where there was no candle for an hour.
   */
  priceAt(symbol: string, ts: number): Exact | undefined
  /** Exact sums over the candles of a window on the five-minute grid, as they look at `now`; undefined where there are none. */
  flowOf(symbol: string, window: Window, now: number): TakerFlow | undefined
}

export function createMarketFigures(market: BinanceMarket): MarketFigures {
  const { source } = market.klines
  const digests = createDigests(source)
  const lastClose = (symbol: string, ts: number): Exact | undefined => {
    const query = { from: ts - LONGEST_SILENCE, to: ts - 1, limit: 1, end: 'newest' } as const
    const [row] = parseRows(joinSlices(readPage(source, symbol, query)))
    return row ? parseExact(row[4]) : undefined
  }
  return {
    priceAt: (symbol, ts) => {
      const [digest] = digests(symbol, { from: ts, to: ts + STEP })
      const units = digest?.opens[pointOf(digest, ts)] ?? Number.NaN
      if (!digest || Number.isNaN(units)) return lastClose(symbol, ts)
      return { digits: BigInt(units), scale: digest.prices.decimals }
    },
    flowOf: (symbol, window, now) =>
      market.isCorrected(symbol, window, now)
        ? sumRows(market.klines.rows(symbol, window, now))
        : sumDigests(digests(symbol, window), window),
  }
}

const parseRows = (parts: readonly Buffer[]): KlineRow[] =>
  JSON.parse(Buffer.concat(parts).toString('latin1'))

function sumRows(rows: readonly KlineRow[]): TakerFlow | undefined {
  const flows = rows.map((row) => {
    const buy = parseExact(row[9])
    return { buy, sell: add(parseExact(row[5]), { ...buy, digits: -buy.digits }) }
  })
  return sumFlows(flows)
}

function sumDigests(digests: readonly CandleDigest[], { from, to }: Window): TakerFlow | undefined {
  const flows = digests.flatMap((digest) => {
    let [candles, buys, sells] = [0, 0, 0]
    const end = Math.min(digest.opens.length, pointOf(digest, to))
    for (let point = Math.max(0, pointOf(digest, from)); point < end; point += 1) {
      candles += digest.candles[point] ?? 0
      buys += digest.buys[point] ?? 0
      sells += digest.sells[point] ?? 0
    }
    const exact = (units: number): Exact => ({ digits: BigInt(units), scale: digest.sizes.decimals })
    return candles === 0 ? [] : [{ buy: exact(buys), sell: exact(sells) }]
  })
  return sumFlows(flows)
}

function sumFlows([first, ...others]: readonly TakerFlow[]): TakerFlow | undefined {
  if (!first) return undefined
  return others.reduce(
    (sum, flow) => ({ buy: add(sum.buy, flow.buy), sell: add(sum.sell, flow.sell) }),
    first,
  )
}

function add(a: Exact, b: Exact): Exact {
  const scale = Math.max(a.scale, b.scale)
  return { digits: digitsAt(a, scale) + digitsAt(b, scale), scale }
}

/** Plain notation of a number ≥ 0 with at least `decimals` decimals, never rounded. */
export function formatAtLeast({ digits, scale }: Exact, decimals: number): string {
  const text = digits.toString().padStart(scale + 1, '0')
  const point = text.length - scale
  return `${text.slice(0, point)}.${text.slice(point).padEnd(decimals, '0')}`
}

/** `a / b` rounded to so many decimals; zero where there is nothing to divide by. */
export function divide(a: Exact, b: Exact, decimals: number): string {
  const scale = Math.max(a.scale, b.scale)
  const [over, under] = [digitsAt(a, scale), digitsAt(b, scale)]
  const digits = under === 0n ? 0n : (2n * over * 10n ** BigInt(decimals) + under) / (2n * under)
  return formatAtLeast({ digits, scale: decimals }, decimals)
}
