import { MINUTE, type Window } from '../../../lib/model/window.ts'
import type { CandleSeries } from '../candle-series.ts'
import type { BinanceMarket } from '../market.ts'
import type { PriceKlines } from '../prices/price-klines.ts'
import type { Frequency } from './calendar.ts'
import { METRICS_HEADER, metricsLines, type ReadMetrics } from './metrics.ts'

/** One kind of file of the archive. */
export interface DataSet {
  /** As paths write it: `klines`, `fundingRate`. */
  readonly name: string
  /** Whether the one-minute interval is a folder and part of the file's name, in place of the data set's. */
  readonly hasInterval: boolean
  /** First time that there is a file of, by how much a file holds; a frequency that is absent has none. */
  readonly since: Readonly<Partial<Record<Frequency, number>>>
  /** First month and day whose files have a header; absent: all have one. */
  readonly headerSince?: Readonly<Record<Frequency, number>>
  readonly header: string
  /** More than any row needs, deflated: with the number of rows it is the size of the file. */
  readonly bytesPerRow: number
  /** From the symbol's first row to the end of its last; undefined where it has none. */
  life(symbol: string): Window | undefined
  /** How many rows a file can have, at most. */
  countRows(symbol: string, window: Window): number
  /** The rows of a day or month as they look at `now`, ascending, each ended by a newline. */
  read(symbol: string, window: Window, now: number): Buffer
}

const KLINES_HEADER =
  'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore'
const FUNDING_HEADER = 'calc_time,funding_interval_hours,last_funding_rate'
const START = Date.UTC(2020, 0)
const KLINES_HEADERS = { monthly: Date.UTC(2022, 0), daily: Date.UTC(2022, 7, 12) } as const
const METRICS_START = Date.UTC(2021, 11)
const EARLY_METRICS: ReadonlyMap<string, number> = new Map([['BTCUSDT', Date.UTC(2020, 8)]])
const METRICS_ROWS = 288

export interface DataSetParts {
  readonly market: BinanceMarket
  readonly prices: readonly PriceKlines[]
  readonly metrics: ReadMetrics
}

/** All kinds of files, by name in the order of the listing. */
export function createDataSets({ market, prices, metrics }: DataSetParts): DataSet[] {
  const names = { mark: 'markPriceKlines', index: 'indexPriceKlines', premium: 'premiumIndexKlines' }
  const sets = [
    createKlinesSet(market.klines),
    ...prices.map((series) => createPriceSet(names[series.kind], series)),
    createFundingSet(market),
    createMetricsSet(market, metrics),
  ]
  return sets.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

const candleSet = (series: CandleSeries) => ({
  hasInterval: true,
  headerSince: KLINES_HEADERS,
  header: KLINES_HEADER,
  life: (symbol: string) => series.life(symbol),
  countRows: (_symbol: string, { from, to }: Window) => (to - from) / MINUTE,
})

const createPriceSet = (name: string, series: CandleSeries): DataSet => ({
  ...candleSet(series),
  name,
  since: { daily: START, monthly: START },
  bytesPerRow: 42,
  read: (symbol, window, now) => Buffer.from(series.rows(symbol, window, now).map(toLine).join(''), 'latin1'),
})

const toLine = (cells: readonly (string | number)[]): string => `${cells.join(',')}\n`

const createKlinesSet = (series: CandleSeries): DataSet => ({
  ...candleSet(series),
  name: 'klines',
  since: { daily: Date.UTC(2019, 11, 31), monthly: START },
  bytesPerRow: 58,
  read: (symbol, { from, to }, now) => {
    const query = { from, to: to - 1, limit: Number.POSITIVE_INFINITY, end: 'oldest' } as const
    return toCsv(series.page(symbol, query, now).body)
  },
})

function createFundingSet(market: BinanceMarket): DataSet {
  const { klines, funding } = market
  const rowsOf = (symbol: string, { from, to }: Window) =>
    funding.rows(symbol, { from, to: to - 1, limit: Number.POSITIVE_INFINITY, end: 'oldest' })
  return {
    name: 'fundingRate',
    hasInterval: false,
    since: { monthly: START },
    header: FUNDING_HEADER,
    bytesPerRow: 20,
    life: (symbol) => (market.listing(symbol)?.fundingSteps.length ? klines.life(symbol) : undefined),
    countRows: (symbol, window) => rowsOf(symbol, window).length,
    read: (symbol, window) => {
      const lines = rowsOf(symbol, window).map(
        ({ fundingTime, fundingRate }) =>
          `${fundingTime},${funding.hoursAt(symbol, fundingTime) ?? 8},${fundingRate}\n`,
      )
      return Buffer.from(lines.join(''))
    },
  }
}

const createMetricsSet = ({ klines }: BinanceMarket, metrics: ReadMetrics): DataSet => ({
  name: 'metrics',
  hasInterval: false,
  since: { daily: Date.UTC(2020, 8) },
  header: METRICS_HEADER,
  bytesPerRow: 48,
  life: (symbol) => {
    const life = klines.life(symbol)
    const from = Math.max(life?.from ?? 0, EARLY_METRICS.get(symbol) ?? METRICS_START)
    return life && from < life.to ? { from, to: life.to } : undefined
  },
  countRows: () => METRICS_ROWS,
  read: (symbol, { from }, now) =>
    Buffer.from(
      metricsLines(metrics, symbol, from, now)
        .map((line) => `${line}\n`)
        .join(''),
    ),
})

const [QUOTE, COMMA, OPEN, CLOSE, NEWLINE] = [0x22, 0x2c, 0x5b, 0x5d, 0x0a]

/** The rows of a JSON array of arrays as lines, byte for byte without brackets and quotes. */
function toCsv(parts: readonly Buffer[]): Buffer {
  const csv = Buffer.allocUnsafe(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  // A comma behind a row separates rows and not cells.
  let isBehindRow = false
  for (const part of parts) {
    for (let index = 0; index < part.byteLength; index += 1) {
      const byte = part[index] ?? QUOTE
      if (byte === QUOTE || byte === OPEN) continue
      if (byte === CLOSE) csv[at++] = NEWLINE
      else if (byte !== COMMA || !isBehindRow) csv[at++] = byte
      isBehindRow = byte === CLOSE
    }
  }
  // The bracket of the whole array has left an empty line.
  return csv.subarray(0, Math.max(0, at - 1))
}
