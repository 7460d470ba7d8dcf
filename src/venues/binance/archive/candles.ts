import type { ByteRows } from '../../../lib/archive/byte-rows.ts'
import { findCandleFault } from '../../../lib/archive/candle-cells.ts'
import { type JudgedRows, judgeRows, type RowRules } from '../../../lib/archive/judge-rows.ts'
import { MINUTE, type Window } from '../../../lib/model/window.ts'
import { CANDLE_COLUMNS } from './formats.ts'

const [OPEN_TIME, CLOSE_TIME] = [0, 6]

/** Which file a batch is of. */
export interface FilePlace {
  /** Names it in errors. */
  readonly where: string
  /** The times that its rows may have; see `coveredBy`. */
  readonly window: Window
}

function findTimeFault(rows: ByteRows, row: number, ts: number): string | undefined {
  if (ts % MINUTE !== 0) return 'open time is not on the minute'
  return rows.time(row, CLOSE_TIME) === ts + MINUTE - 1
    ? undefined
    : 'close time is not the end of the minute'
}

const CANDLE_RULES: RowRules = {
  timeAt: (rows, row) => rows.time(row, OPEN_TIME),
  faultAt: (rows, row, ts) => findTimeFault(rows, row, ts) ?? findCandleFault(rows, row, CANDLE_COLUMNS),
}

/** The rules that candles of the API have to keep too. See `judgeRows` for what it throws. */
export const judgeCandles = (rows: ByteRows, place: FilePlace): JudgedRows =>
  judgeRows(rows, CANDLE_RULES, place)

/** `premium` is a fraction and may be below 0. */
export type PriceKind = 'price' | 'premium'

const { open: OPEN, high: HIGH, low: LOW, close: CLOSE } = CANDLE_COLUMNS

function findPriceFault(rows: ByteRows, row: number, kind: PriceKind): string | undefined {
  const [open, high] = [rows.decimal(row, OPEN), rows.decimal(row, HIGH)]
  const [low, close] = [rows.decimal(row, LOW), rows.decimal(row, CLOSE)]
  if (Number.isNaN(open + high + low + close)) return 'one of its prices is not a number'
  if (kind === 'price' && !(low > 0)) return 'low is not above 0'
  if (!(high >= open && high >= close)) return 'high is below open or close'
  return low <= open && low <= close ? undefined : 'low is above open or close'
}

const PRICE_RULES: Readonly<Record<PriceKind, RowRules>> = {
  price: priceRules('price'),
  premium: priceRules('premium'),
}

function priceRules(kind: PriceKind): RowRules {
  return {
    timeAt: CANDLE_RULES.timeAt,
    faultAt: (rows, row, ts) => findTimeFault(rows, row, ts) ?? findPriceFault(rows, row, kind),
  }
}

/** The same for candles of mark price, index and premium, which have no volume. */
export const judgePrices = (rows: ByteRows, kind: PriceKind, place: FilePlace): JudgedRows =>
  judgeRows(rows, PRICE_RULES[kind], place)
