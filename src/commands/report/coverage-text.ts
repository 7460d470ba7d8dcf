import type { SeriesReport } from '../../db/coverage-report.ts'
import type { VenueClock } from '../../db/reports.ts'
import { formatDuration } from '../../lib/text/durations.ts'
import { type FittingColumn, formatFitting } from '../../lib/text/fitting-table.ts'
import { formatCount } from '../../lib/text/numbers.ts'
import type { Paint } from '../../lib/text/paint.ts'
import { formatMinute, formatWindow } from '../../lib/text/times.ts'
import { wrapToWidth } from '../../lib/text/width.ts'
import { rankSymbols } from './rank-symbols.ts'
import { explainDatasets, sortDatasets } from './series-words.ts'
import { type DatasetTotal, sumUpDatasets } from './totals.ts'

export interface CoverageView {
  readonly venue: string
  readonly clock: VenueClock
  readonly series: readonly SeriesReport[]
  /** Every symbol, however many there are. */
  readonly isAll: boolean
}

interface Screen {
  readonly width: number | undefined
  readonly paint: Paint
}

/** More symbols than this are summed up by dataset, and the worst named. */
const MOST_SYMBOLS = 20
const WORST = 10

const right = (title: string, goes?: number): FittingColumn => ({
  title,
  align: 'right',
  ...(goes === undefined ? {} : { goes }),
})
const TIMES = [
  { title: 'from (UTC)', goes: 2 },
  { title: 'to (UTC)', goes: 4 },
  { ...right('lag', 5), staysStacked: true },
]
const AMOUNTS = [right('minutes', 1), right('absent', 3), right('missing')]
const MISSING = 7
/** Keeps a window in one line. */
const UNBROKEN = '\u00a0'

/** The long form: a line for each symbol and dataset, with all that is counted of it. */
export function formatCoverage({ venue, clock, series, isAll }: CoverageView, screen: Screen): string[] {
  if (series.length === 0) return [`no data of ${venue} yet`]
  const ranked = rankSymbols(series)
  const isCut = !isAll && ranked.length > MOST_SYMBOLS
  const worst = ranked.slice(0, WORST).map(({ symbol }) => symbol)
  const names = isCut ? worst : [...new Set(series.map(({ symbol }) => symbol))]
  const lines = names.flatMap((symbol) => orderOf(series, symbol))
  const legend = legendOf(lines, clock, venue).flatMap((line) =>
    screen.width === undefined ? [line] : wrapToWidth(line, screen.width),
  )
  return [
    ...(isCut ? [...formatTotals(sumUpDatasets(series), screen), ''] : []),
    ...(isCut
      ? [`the worst ${worst.length} of ${formatCount(ranked.length)} symbols (all of them: --all)`]
      : []),
    ...formatLines(lines, screen),
    '',
    ...legend.map(screen.paint.faint),
  ]
}

function orderOf(series: readonly SeriesReport[], symbol: string): SeriesReport[] {
  const own = series.filter((one) => one.symbol === symbol)
  return sortDatasets(own.map(({ dataset }) => dataset)).flatMap((name) =>
    own.filter(({ dataset }) => dataset === name),
  )
}

function legendOf(lines: readonly SeriesReport[], { isVenues }: VenueClock, venue: string): string[] {
  const whose = isVenues ? `the clock of ${venue}` : 'the clock of the database'
  return [
    explainDatasets(lines.map(({ dataset }) => dataset)),
    `lag: behind ${whose}, 0 where nothing more is due yet; absent: no row can be there; missing: asked for and not stored, the next backfill fetches it`,
  ].filter((line) => line !== '')
}

function formatTotals(totals: readonly DatasetTotal[], { width, paint }: Screen): string[] {
  const columns = [{ title: 'dataset', isHead: true }, right('symbols'), ...TIMES, ...AMOUNTS]
  const rows = totals.map((total) => [
    total.dataset,
    formatCount(total.symbols),
    ...times(total.from, total.oldestTo, total.lagSeconds),
    ...amounts(total),
  ])
  return formatFitting(columns, rows, {
    width,
    paintTitle: paint.faint,
    paintCell: paintMissing(totals, paint),
  })
}

function formatLines(lines: readonly SeriesReport[], { width, paint }: Screen): string[] {
  const hasStretches = lines.some((one) => one.firstMissing.length > 0)
  const stretches: FittingColumn[] = hasStretches ? [{ title: 'first missing (UTC)', isFlexible: true }] : []
  const heads = [
    { title: 'symbol', isHead: true },
    { title: 'dataset', isHead: true },
  ]
  const columns = [...heads, ...TIMES, ...AMOUNTS, ...stretches]
  const rows = lines.map((one) => [
    one.symbol,
    one.dataset,
    ...times(one.from, one.to, one.lagSeconds),
    ...amounts(one),
    one.firstMissing.map((window) => formatWindow(window).replaceAll(' ', UNBROKEN)).join(', ') +
      (one.missingStretches > one.firstMissing.length ? ', …' : ''),
  ])
  return formatFitting(columns, rows, {
    width,
    paintTitle: paint.faint,
    paintCell: paintMissing(lines, paint),
  }).map((line) => line.replaceAll(UNBROKEN, ' '))
}

const times = (from: number | null, to: number | null, lagSeconds: number): string[] => [
  from === null ? '-' : formatMinute(from),
  to === null ? '-' : formatMinute(to),
  to === null ? '-' : lagSeconds === 0 ? '0' : formatDuration(lagSeconds * 1_000),
]

interface Amounts {
  readonly coveredMinutes: number
  readonly absentMinutes: number
  readonly missingMinutes: number
  readonly missingStretches: number
  readonly rebuildingMinutes?: number
  readonly state?: SeriesReport['state']
}

function amounts({ state, ...one }: Amounts): string[] {
  const missing =
    one.missingMinutes > 0
      ? `${formatCount(one.missingMinutes)} in ${formatCount(one.missingStretches)}`
      : '0'
  return [
    formatCount(one.coveredMinutes),
    formatCount(one.absentMinutes),
    state === 'rebuilding' ? 'rebuilding' : missing,
  ]
}

const paintMissing =
  (lines: readonly Amounts[], paint: Paint) =>
  (text: string, row: number, column: number): string =>
    column === MISSING && ((lines[row]?.missingMinutes ?? 0) > 0 || lines[row]?.state === 'rebuilding')
      ? paint.failed(text)
      : text
