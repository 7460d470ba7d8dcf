import type { ByteRows } from '../../../lib/archive/byte-rows.ts'
import { ArchiveFileError } from '../../../lib/archive/file-error.ts'
import { type JudgedRows, judgeRows } from '../../../lib/archive/judge-rows.ts'
import { DAY, type Window } from '../../../lib/model/window.ts'
import type { RejectedRow } from '../../../lib/venue/route.ts'
import { OPEN_INTEREST_CELLS, RATIO_CELLS } from './formats.ts'
import { METRICS_STEP } from './layout.ts'

/**
 * What a label tells: until 2026-06-24 the instant of the snapshot, as the API's timestamp does; from the file of
 * 2026-06-25 on the beginning of the five minutes at whose end it was taken (measured, 288 of 288 rows). A day then holds
 * labels from 00:05 to the next 00:00, or from 00:00 to 23:55; by the API's time it is the same day.
 */
export type LabelEra = 'instant' | 'start'

const SWITCHED = Date.UTC(2026, 5, 25)
/** So near to the switch the labels are believed rather than the date. */
const SWITCH_SLACK = 7 * DAY

export interface MetricsPlace {
  readonly where: string
  readonly symbol: string
  /** The UTC day that the file is named after. */
  readonly day: Window
}

/** What a file of metrics tells, by the API's timestamps, from 00:05 of its day to 00:00 of the next. */
export interface JudgedMetrics {
  readonly era: LabelEra
  readonly oi: JudgedRows
  readonly lsr: JudgedRows
}

/**
 * Judges the rows of a whole file, in any order; `rows` is its only batch (a day has 288 rows, or twice as many where
 * each came twice). An empty cell tells nothing; a row without open interest may have ratios, and the other way round.
 * Throws `ArchiveFileError` where most rows are bad, and where labels and date contradict each other.
 */
export function judgeMetrics(rows: ByteRows, { where, symbol, day }: MetricsPlace): JudgedMetrics {
  const labels = Float64Array.from({ length: rows.count }, (_, row) => readLabel(rows.text(row, 0)))
  const era = findEra(labels, day, where)
  const offset = era === 'start' ? METRICS_STEP : 0
  const { times, rejected } = judgeRows(
    rows,
    {
      timeAt: (_rows, row) => (labels[row] ?? Number.NaN) + offset,
      faultAt: (_rows, row, ts) => {
        if (ts % METRICS_STEP !== 0) return 'create_time is not on five minutes'
        return rows.text(row, 1) === symbol ? undefined : `is not of ${symbol}`
      },
    },
    // The point before the first, or behind the last, may stand in this file instead of its neighbour.
    { where, window: { from: day.from, to: day.to + 2 * METRICS_STEP } },
  )
  const judge = (findFault: (row: number) => string | undefined): JudgedRows =>
    refine(rows, times, rejected, findFault)
  return {
    era,
    oi: judge((row) => findInterestFault(rows, row)),
    lsr: judge((row) => findRatioFault(rows, row)),
  }
}

function refine(
  rows: ByteRows,
  times: Float64Array,
  rejected: readonly RejectedRow[],
  findFault: (row: number) => string | undefined,
): JudgedRows {
  const own = times.slice()
  const bad: RejectedRow[] = []
  times.forEach((ts, row) => {
    const reason = Number.isNaN(ts) ? undefined : findFault(row)
    if (reason === undefined) return
    own[row] = Number.NaN
    bad.push({ ts, row: rows.line(row), reason })
  })
  return { times: own, rejected: [...rejected, ...bad] }
}

/** UTC without saying so; NaN for anything else. */
function readLabel(text: string): number {
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) return Number.NaN
  return Date.parse(`${text.replace(' ', 'T')}Z`)
}

/** By the labels of midnight, one of which each era has and the other has not; by the date where they do not tell. */
function findEra(labels: Float64Array, day: Window, where: string): LabelEra {
  const byDate: LabelEra = day.from >= SWITCHED ? 'start' : 'instant'
  const [hasFirst, hasNext] = [labels.includes(day.from), labels.includes(day.to)]
  // Both, or none: the edge of a day stands in a neighbour's file now and then.
  if (hasFirst === hasNext) return byDate
  const byLabel: LabelEra = hasFirst ? 'start' : 'instant'
  if (byLabel === byDate || Math.abs(day.from - SWITCHED) <= SWITCH_SLACK) return byLabel
  const told = byLabel === 'start' ? 'the beginning of' : 'the instant at the end of'
  throw new ArchiveFileError(
    where,
    'content',
    `its labels seem to tell ${told} five minutes, its date does not`,
  )
}

type ValueFault = 'empty' | 'not a number' | 'not above 0' | 'below 0'

function findValueFault(
  rows: ByteRows,
  row: number,
  cell: number,
  isPositive: boolean,
): ValueFault | undefined {
  if (rows.isEmpty(row, cell)) return 'empty'
  const value = rows.decimal(row, cell)
  if (Number.isNaN(value)) return 'not a number'
  if (isPositive) return value > 0 ? undefined : 'not above 0'
  return value < 0 ? 'below 0' : undefined
}

function findInterestFault(rows: ByteRows, row: number): string | undefined {
  const interest = findValueFault(rows, row, Number(OPEN_INTEREST_CELLS.openInterest), true)
  if (interest !== undefined) return `sum_open_interest is ${interest}`
  const value = findValueFault(rows, row, Number(OPEN_INTEREST_CELLS.openInterestValue), true)
  return value === undefined || value === 'empty' ? undefined : `sum_open_interest_value is ${value}`
}

const RATIOS = [
  RATIO_CELLS.globalAccountRatio,
  RATIO_CELLS.topAccountRatio,
  RATIO_CELLS.topPositionRatio,
].map(Number)

function findRatioFault(rows: ByteRows, row: number): string | undefined {
  const faults = RATIOS.map((cell) => findValueFault(rows, row, cell, false))
  if (faults.every((fault) => fault === 'empty')) return 'tells no ratio'
  const fault = faults.find((one) => one !== undefined && one !== 'empty')
  return fault === undefined ? undefined : `a ratio is ${fault}`
}
