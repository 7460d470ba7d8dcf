import type { DatasetTotal, SymbolCoverage } from '../../db/coverage-report.ts'
import type { VenueClock } from '../../db/reports.ts'
import { formatDuration } from '../../lib/text/durations.ts'
import { formatCount } from '../../lib/text/numbers.ts'
import type { Paint } from '../../lib/text/paint.ts'
import { type Column, formatTable } from '../../lib/text/table.ts'
import { formatMinute, formatWindow } from '../../lib/text/times.ts'

export interface CoverageView {
  readonly venue: string
  readonly clock: VenueClock
  readonly totals: readonly DatasetTotal[]
  readonly symbols: readonly SymbolCoverage[]
  /** `symbols` are only the worst of many. */
  readonly isCut: boolean
}

interface Screen {
  readonly width: number | undefined
  readonly paint: Paint
}

const right = (title: string): Column => ({ title, align: 'right' })
const TIMES = [{ title: 'from (UTC)' }, { title: 'to (UTC)' }, right('lag')]
const AMOUNTS = [right('minutes'), right('absent'), right('missing')]

export function formatCoverage(view: CoverageView, screen: Screen): string[] {
  const { venue, clock, totals, symbols, isCut } = view
  if (totals.length === 0) return [`no data of ${venue} yet`]
  const whose = clock.isVenues ? `the clock of ${venue}` : 'the clock of the database'
  const legend = screen.paint.faint(
    `lag: behind ${whose}; absent: no row can be there; missing: never fetched, the next backfill fills it`,
  )
  if (!isCut) return [...formatSymbols(symbols, clock, screen), '', legend]
  const heading = `the worst ${symbols.length} (all of them: --all)`
  return [
    ...formatTotals(totals, clock, screen),
    '',
    heading,
    ...formatSymbols(symbols, clock, screen),
    '',
    legend,
  ]
}

function formatTotals(
  totals: readonly DatasetTotal[],
  clock: VenueClock,
  { width, paint }: Screen,
): string[] {
  const columns = [{ title: 'dataset' }, right('symbols'), ...TIMES, ...AMOUNTS]
  const rows = totals.map((total) => [
    total.dataset,
    formatCount(total.symbols),
    formatMinute(total.from),
    formatMinute(total.oldestTo),
    formatDuration(clock.now - total.oldestTo),
    ...amounts(total),
  ])
  return formatTable(columns, rows, {
    width,
    paintTitle: paint.faint,
    paintCell: paintMissing(totals, 7, paint),
  })
}

function formatSymbols(
  symbols: readonly SymbolCoverage[],
  clock: VenueClock,
  { width, paint }: Screen,
): string[] {
  const hasHoles = symbols.some((one) => one.holes > 0)
  const holes: Column[] = hasHoles ? [{ title: 'first missing (UTC)', isFlexible: true }] : []
  const columns = [{ title: 'symbol' }, { title: 'dataset' }, ...TIMES, ...AMOUNTS, ...holes]
  const rows = symbols.map((one) => [
    one.symbol,
    one.dataset,
    formatMinute(one.from),
    formatMinute(one.to),
    formatDuration(clock.now - one.to),
    ...amounts(one),
    one.firstHoles.map(formatWindow).join(', ') + (one.holes > one.firstHoles.length ? ', …' : ''),
  ])
  return formatTable(columns, rows, {
    width,
    paintTitle: paint.faint,
    paintCell: paintMissing(symbols, 7, paint),
  })
}

interface Amounts {
  readonly coveredMinutes: number
  readonly absentMinutes: number
  readonly holeMinutes: number
  readonly holes: number
}

function amounts({ coveredMinutes, absentMinutes, holeMinutes, holes }: Amounts): string[] {
  const missing = holes > 0 ? `${formatCount(holeMinutes)} in ${formatCount(holes)}` : '0'
  return [formatCount(coveredMinutes), formatCount(absentMinutes), missing]
}

function paintMissing(lines: readonly Amounts[], missingColumn: number, paint: Paint) {
  return (text: string, row: number, column: number): string =>
    column === missingColumn && (lines[row]?.holes ?? 0) > 0 ? paint.failed(text) : text
}
