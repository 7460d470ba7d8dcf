import type { ErrorReport } from '../../db/reports.ts'
import { findErrorType } from '../../lib/model/error-types.ts'
import { type FittingColumn, fitTable } from '../../lib/text/fitting-table.ts'
import { toOneLine, toOneLineJson, toSpacedJson } from '../../lib/text/one-line.ts'
import type { Paint } from '../../lib/text/paint.ts'
import { formatMinute, formatUtc, formatWindow } from '../../lib/text/times.ts'
import { wrapToWidth } from '../../lib/text/width.ts'
import { pasteable } from '../output.ts'

const COLUMNS: readonly FittingColumn[] = [
  { title: 'time (UTC)', isHead: true },
  { title: 'run', goes: 1 },
  { title: 'type', isHead: true },
  { title: 'symbol', isHead: true },
  { title: 'dataset', isHead: true },
  { title: 'at (UTC)', goes: 2, staysStacked: true },
  { title: 'message', isFlexible: true },
]
const TYPE = 2

interface Screen {
  readonly width: number | undefined
  readonly paint: Paint
  readonly isVerbose: boolean
}

/** Newest last; with `isVerbose` the details below each. What the types mean and ask for comes behind them. */
export function formatErrors(errors: readonly ErrorReport[], screen: Screen): string[] {
  const { width, paint, isVerbose } = screen
  const rows = errors.map(cellsOf)
  // A column of which nothing is said takes no room.
  const used = COLUMNS.map((_, at) => at).filter((at) => at === TYPE || rows.some((row) => row[at] !== ''))
  const isWarning = errors.map((error) => field(error, 'severity') === 'warning')
  const { heading, body } = fitTable(
    used.flatMap((at) => COLUMNS[at] ?? []),
    rows.map((row) => used.map((at) => row[at] ?? '')),
    {
      width,
      paintTitle: paint.faint,
      paintCell: (text, row, column) =>
        used[column] !== TYPE ? text : isWarning[row] ? paint.warning(text) : paint.failed(text),
    },
  )
  const details = (at: number): string[] =>
    wrap(toSpacedJson(errors[at]?.details), width, 2).map((line) => paint.faint(`  ${line}`))
  const lines = body.flatMap((row, at) => [...row, ...(isVerbose ? details(at) : [])])
  return [...heading, ...lines, ...explain(errors, screen)]
}

function cellsOf(error: ErrorReport): string[] {
  return [
    formatUtc(error.ts).slice(0, -4),
    error.executionId?.slice(0, 8) ?? '',
    `${error.type ?? ''}${field(error, 'severity') === 'warning' ? ' (warning)' : ''}`,
    field(error, 'symbol'),
    field(error, 'dataset'),
    placeOf(error),
    error.message ?? '',
  ]
}

/** Each type that is shown, once: what it means, and what to do. */
function explain(errors: readonly ErrorReport[], { width, paint }: Screen): string[] {
  const types = [...new Set(errors.map(({ type }) => type ?? ''))].toSorted()
  const lines = types.flatMap((type) => {
    const entry = findErrorType(type)
    if (!entry) return []
    const action =
      entry.action === 'nothing'
        ? []
        : wrap(`→ ${pasteable(entry.action)}`, width, 2).map((line) => `  ${line}`)
    return [...wrap(`${type}: ${entry.meaning}`, width), ...action]
  })
  return lines.length === 0 ? [] : ['', ...lines.map(paint.faint)]
}

const wrap = (text: string, width: number | undefined, margin = 0): string[] =>
  width === undefined ? [text] : wrapToWidth(text, Math.max(20, width - margin))

/** One line, for following. */
export function formatErrorLine(error: ErrorReport, paint: Paint, isVerbose: boolean): string {
  const where = [field(error, 'symbol'), field(error, 'dataset'), placeOf(error)]
    .filter((part) => part !== '')
    .join(' ')
  const who = toOneLine(`${error.script ?? ''} ${error.executionId?.slice(0, 8) ?? ''}`)
  const color = field(error, 'severity') === 'warning' ? paint.warning : paint.failed
  const head = `${formatUtc(error.ts)} ${who}| ${color(toOneLine(error.type ?? ''))} ${where ? `${toOneLine(where)}: ` : ''}`
  const details = isVerbose ? ` ${paint.faint(toOneLineJson(error.details))}` : ''
  return `${head}${toOneLine(error.message ?? '')}${details}`
}

function detailsOf({ details }: ErrorReport): Readonly<Record<string, unknown>> {
  return typeof details === 'object' && details !== null ? { ...details } : {}
}

function field(error: ErrorReport, name: string): string {
  const value = detailsOf(error)[name]
  return typeof value === 'string' ? value : ''
}

/** The window or the minute that a failure is about. */
function placeOf(error: ErrorReport): string {
  const { window, ts } = detailsOf(error)
  if (typeof window === 'object' && window !== null && 'from' in window && 'to' in window) {
    const [from, to] = [toInstant(window.from), toInstant(window.to)]
    if (from !== undefined && to !== undefined) return formatWindow({ from, to })
  }
  const minute = toInstant(ts)
  return minute === undefined ? '' : formatMinute(minute)
}

/** Milliseconds, or ISO text. */
function toInstant(value: unknown): number | undefined {
  const ts = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isFinite(ts) && Math.abs(ts) < 8.64e15 ? ts : undefined
}
