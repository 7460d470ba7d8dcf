import { parseExact } from '../../../lib/model/exact-decimal.ts'
import { DAY, type Window } from '../../../lib/model/window.ts'
import { STEP } from '../candle-digest.ts'
import { divide, formatAtLeast } from '../market-figures.ts'
import type { Statistic, Statistics } from '../statistics.ts'
import type { StatisticsBoard } from '../statistics-board.ts'
import type { RatioRow, TakerVolumeRow } from '../statistics-rows.ts'

/** From the files of this day on a label tells the start of the five minutes, before it their end. */
export const START_LABELS = Date.UTC(2026, 5, 25)
const RATIO_DECIMALS = 8
const INTEREST_DECIMALS = 16

/**
 * One row of the metrics, of the same making as the statistics of the API: open interest has the same value with more
 * zeros, a ratio is the same quotient with eight decimals instead of four. `''` where the venue has no such point.
 */
export interface MetricsRow {
  /** The instant of the snapshots and the end of the taker flow's five minutes, whatever the label is. */
  readonly at: number
  readonly symbol: string
  readonly openInterest: string
  readonly openInterestValue: string
  readonly topAccountRatio: string
  readonly topPositionRatio: string
  readonly globalAccountRatio: string
  readonly takerRatio: string
}

export type ReadMetrics = (symbol: string, window: Window, now: number) => MetricsRow[]

/** The rows whose instant lies in the window and that are out by `now`, ascending; none where all five are missing. */
export function createMetrics(
  { openInterest, ratios, takerVolume }: Statistics,
  board: StatisticsBoard,
): ReadMetrics {
  return (symbol, window, now) => {
    const read = <Row>(statistic: Statistic<Row>): ReadonlyMap<number, Row> => {
      const shift = statistic.isFlow ? STEP : 0
      const query = { symbol, period: STEP, limit: Number.POSITIVE_INFINITY, end: 'oldest' } as const
      const range = { from: window.from - shift, to: window.to - 1 - shift }
      const found = board.read(statistic, { ...query, ...range }, now)
      return new Map(found.map(({ at, row }) => [at + shift, row]))
    }
    const interest = read(openInterest)
    const topAccount = read(ratios['top-account'])
    const topPosition = read(ratios['top-position'])
    const globalAccount = read(ratios['global-account'])
    const taker = read(takerVolume)
    const maps = [interest, topAccount, topPosition, globalAccount, taker]
    const times = [...new Set(maps.flatMap((map) => [...map.keys()]))].toSorted((a, b) => a - b)
    return times.map((at) => ({
      at,
      symbol,
      openInterest: withDecimals(interest.get(at)?.sumOpenInterest),
      openInterestValue: withDecimals(interest.get(at)?.sumOpenInterestValue),
      topAccountRatio: ratioOf(topAccount.get(at)),
      topPositionRatio: ratioOf(topPosition.get(at)),
      globalAccountRatio: ratioOf(globalAccount.get(at)),
      takerRatio: takerRatioOf(taker.get(at)),
    }))
  }
}

const withDecimals = (value: string | undefined): string =>
  value === undefined ? '' : formatAtLeast(parseExact(value), INTEREST_DECIMALS)

const quotient = (over: string, under: string): string =>
  divide(parseExact(over), parseExact(under), RATIO_DECIMALS)

const ratioOf = (row: RatioRow | undefined): string =>
  row ? quotient(row.longAccount, row.shortAccount) : ''

const takerRatioOf = (row: TakerVolumeRow | undefined): string =>
  row ? quotient(row.buyVol, row.sellVol) : ''

export const METRICS_HEADER =
  'create_time,symbol,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,sum_toptrader_long_short_ratio,count_long_short_ratio,sum_taker_long_short_vol_ratio'

/** The lines of the file of the day that begins at `day`: its instants lie behind it, up to the next midnight. */
export function metricsLines(read: ReadMetrics, symbol: string, day: number, now: number): string[] {
  const rows = read(symbol, { from: day + 1, to: day + DAY + 1 }, now)
  const shift = day >= START_LABELS ? STEP : 0
  return rows.map((row) =>
    [
      new Date(row.at - shift).toISOString().slice(0, 19).replace('T', ' '),
      symbol,
      row.openInterest,
      row.openInterestValue,
      row.topAccountRatio,
      row.topPositionRatio,
      row.globalAccountRatio,
      row.takerRatio,
    ].join(','),
  )
}
