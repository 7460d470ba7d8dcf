import { toOneLine } from './one-line.ts'
import { cutToWidth, displayWidth, padToWidth } from './width.ts'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** Takes what is missing when the table is wider than the screen; one column at most. */
  readonly isFlexible?: boolean
}

export interface TableOptions {
  /** Columns of the screen; undefined in a pipe, where nothing is cut. */
  readonly width?: number | undefined
  readonly paintTitle?: (text: string) => string
  readonly paintCell?: (text: string, row: number, column: number) => string
}

const GAP = '  '
const SMALLEST = 8
const keep = (text: string): string => text

/** Aligned lines, the heading first; no line ends with a space. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { width, paintTitle = keep, paintCell = keep }: TableOptions = {},
): string[] {
  const cells = rows.map((row) => row.map(toOneLine))
  const widths = measureColumns(columns, cells, width)
  const lay = (line: readonly string[], paint: (text: string, column: number) => string): string => {
    let [text, used] = ['', 0]
    for (const [at, column] of columns.entries()) {
      const room = width === undefined ? Number.POSITIVE_INFINITY : width - used
      const isLast = at === columns.length - 1
      const cell = padToWidth(
        cutToWidth(line[at] ?? '', widths[at] ?? 0),
        widths[at] ?? 0,
        column.align ?? 'left',
      )
      const shown = cutToWidth(isLast ? cell.trimEnd() : cell, room)
      used += displayWidth(shown) + GAP.length
      text += paint(shown, at) + (isLast ? '' : GAP.slice(0, Math.max(0, room - displayWidth(shown))))
    }
    return text.trimEnd()
  }
  const heading = lay(
    columns.map((column) => column.title),
    paintTitle,
  )
  return [heading, ...cells.map((row, at) => lay(row, (text, column) => paintCell(text, at, column)))]
}

function measureColumns(
  columns: readonly Column[],
  cells: readonly string[][],
  width: number | undefined,
): number[] {
  const widths = columns.map((column, at) =>
    cells.reduce((most, row) => Math.max(most, displayWidth(row[at] ?? '')), displayWidth(column.title)),
  )
  const flexible = columns.findIndex((column) => column.isFlexible)
  if (width === undefined || flexible < 0) return widths
  const all = widths.reduce((sum, one) => sum + one, 0) + GAP.length * (columns.length - 1)
  widths[flexible] = Math.max(SMALLEST, (widths[flexible] ?? 0) - Math.max(0, all - width))
  return widths
}
