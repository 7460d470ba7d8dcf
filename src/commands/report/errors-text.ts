import type { ErrorReport } from '../../db/reports.ts'
import { toOneLine, toOneLineJson } from '../../lib/text/one-line.ts'
import type { Paint } from '../../lib/text/paint.ts'
import { type Column, formatTable } from '../../lib/text/table.ts'
import { formatMinute, formatUtc, formatWindow } from '../../lib/text/times.ts'

const COLUMNS: readonly Column[] = [
  { title: 'time (UTC)' },
  { title: 'run' },
  { title: 'type' },
  { title: 'symbol' },
  { title: 'dataset' },
  { title: 'at (UTC)' },
  { title: 'message', isFlexible: true },
]

interface Screen {
  readonly width: number | undefined
  readonly paint: Paint
  readonly isVerbose: boolean
}

/** Newest last; with `isVerbose` the details below each. */
export function formatErrors(errors: readonly ErrorReport[], { width, paint, isVerbose }: Screen): string[] {
  const rows = errors.map((error) => [
    formatUtc(error.ts).slice(0, -4),
    error.executionId?.slice(0, 8) ?? '',
    `${error.type ?? ''}${field(error, 'severity') === 'warning' ? ' (warning)' : ''}`,
    field(error, 'symbol'),
    field(error, 'dataset'),
    placeOf(error),
    error.message ?? '',
  ])
  const isWarning = errors.map((error) => field(error, 'severity') === 'warning')
  const paintCell = (text: string, row: number, column: number): string =>
    column === 2 ? (isWarning[row] ? paint.warning(text) : paint.failed(text)) : text
  const [heading = '', ...lines] = formatTable(COLUMNS, rows, { width, paintTitle: paint.faint, paintCell })
  if (!isVerbose) return [heading, ...lines]
  return [
    heading,
    ...lines.flatMap((line, at) => [line, paint.faint(`  ${toOneLineJson(errors[at]?.details)}`)]),
  ]
}

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
