import { toOneLine } from './one-line.ts'
import { type Column, formatTable, type TableOptions } from './table.ts'
import { displayWidth, padToWidth, wrapToWidth } from './width.ts'

export interface FittingColumn extends Column {
  /** Where there is no room it is left out, the lowest first; without it the column stays. */
  readonly goes?: number
  /** Where rows stack it stands in the first line, without its title. */
  readonly isHead?: boolean
  /** Where rows stack there is room for it, although it goes before others where they do not. */
  readonly staysStacked?: boolean
}

const GAP = '  '
const INDENT = '  '
/** With less room a text is better read on lines of its own. */
const LEAST_TEXT = 40
const keep = (text: string): string => text

/**
 * A table that fits: columns go by what they matter, a flexible one goes on in the next line, and where even that is too
 * wide rows stack. No word is broken that fits into a line. As wide as it wants where no width is given.
 */
export function formatFitting(
  columns: readonly FittingColumn[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string[] {
  const { heading, body } = fitTable(columns, rows, options)
  return [...heading, ...body.flat()]
}

export interface FittedTable {
  /** None where rows stack. */
  readonly heading: readonly string[]
  /** The lines of each row. */
  readonly body: readonly (readonly string[])[]
}

/** The same with the rows apart, for whoever has something to say below each. */
export function fitTable(
  columns: readonly FittingColumn[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): FittedTable {
  const { width } = options
  if (width === undefined) {
    const [heading = '', ...lines] = formatTable(columns, rows, options)
    return { heading: [heading], body: lines.map((line) => [line]) }
  }
  const cells = rows.map((row) => row.map(toOneLine))
  const layout = chooseColumns(columns, cells, width)
  return layout
    ? lay(columns, cells, layout, options)
    : { heading: [], body: stack(columns, cells, width, options) }
}

/** Column and how wide it is. */
type Layout = readonly (readonly [at: number, width: number])[]

function chooseColumns(
  columns: readonly FittingColumn[],
  cells: readonly (readonly string[])[],
  width: number,
): Layout | undefined {
  const natural = columns.map(({ title }, at) =>
    cells.reduce((most, row) => Math.max(most, displayWidth(row[at] ?? '')), displayWidth(title)),
  )
  const order = columns
    .flatMap(({ goes }, at) => (goes === undefined ? [] : [{ goes, at }]))
    .toSorted((a, b) => a.goes - b.goes)
  for (let gone = 0; gone <= order.length; gone += 1) {
    const away = new Set(order.slice(0, gone).map(({ at }) => at))
    const kept = columns.map((_, at) => at).filter((at) => !away.has(at))
    const fixed = kept.filter((at) => !columns[at]?.isFlexible)
    const used = fixed.reduce((sum, at) => sum + (natural[at] ?? 0), 0) + GAP.length * (kept.length - 1)
    const flexible = kept.find((at) => columns[at]?.isFlexible)
    const wanted = flexible === undefined ? 0 : (natural[flexible] ?? 0)
    if (used + Math.min(wanted, LEAST_TEXT) > width) continue
    return kept.map((at) => [at, at === flexible ? Math.min(wanted, width - used) : (natural[at] ?? 0)])
  }
  return undefined
}

function lay(
  columns: readonly FittingColumn[],
  cells: readonly (readonly string[])[],
  layout: Layout,
  { paintTitle = keep, paintCell = keep }: TableOptions,
): FittedTable {
  const join = (texts: readonly string[], paint: (text: string, column: number) => string): string =>
    layout
      .map(([at, room], place) => {
        const padded = padToWidth(texts[at] ?? '', room, columns[at]?.align ?? 'left')
        return paint(place === layout.length - 1 ? padded.trimEnd() : padded, at)
      })
      .join(GAP)
      .trimEnd()
  const heading = join(
    columns.map(({ title }) => title),
    paintTitle,
  )
  const flexible = layout.find(([at]) => columns[at]?.isFlexible)
  const body = cells.map((row, number) => {
    const paint = (text: string, at: number): string => paintCell(text, number, at)
    if (!flexible) return [join(row, paint)]
    const [at, room] = flexible
    const [first = '', ...more] = wrapToWidth(row[at] ?? '', room)
    const rest = more.map((line) =>
      join(
        columns.map((_, one) => (one === at ? line : '')),
        paint,
      ),
    )
    return [join(row.with(at, first), paint), ...rest]
  })
  return { heading: [heading], body }
}

function stack(
  columns: readonly FittingColumn[],
  cells: readonly (readonly string[])[],
  width: number,
  { paintCell = keep }: TableOptions,
): string[][] {
  return cells.map((row, number) => {
    const shown = columns
      .map((column, at) => ({ ...column, at, text: row[at] ?? '' }))
      .filter(({ text, goes, staysStacked }) => text !== '' && (goes === undefined || staysStacked))
    const paint = ({ text, at }: { text: string; at: number }): string => paintCell(text, number, at)
    const heads = shown.filter(({ isHead }) => isHead)
    const items = shown.filter(({ isHead, isFlexible }) => !isHead && !isFlexible)
    const texts = shown.filter(({ isFlexible }) => isFlexible)
    const told = items.map((one) => ({ ...one, text: `${one.title} ${one.text}` }))
    return [
      ...fill(
        heads.map((one) => [one.text, paint(one)] as const),
        width,
        GAP,
      ),
      ...fill(
        told.map((one) => [one.text, paint(one)] as const),
        width - INDENT.length,
        GAP,
      ).map(indent),
      ...texts.flatMap(({ text, at }) =>
        wrapToWidth(text, width - INDENT.length).map((line) => indent(paint({ text: line, at }))),
      ),
    ]
  })
}

const indent = (line: string): string => INDENT + line

/** Whole parts, as many as a line takes; what is longer than a line stands alone. */
function fill(
  parts: readonly (readonly [plain: string, painted: string])[],
  width: number,
  gap: string,
): string[] {
  const lines: string[] = []
  let used = 0
  for (const [plain, painted] of parts) {
    const length = displayWidth(plain)
    const line = lines.at(-1)
    if (line !== undefined && used + gap.length + length <= width) {
      lines[lines.length - 1] = line + gap + painted
      used += gap.length + length
    } else {
      lines.push(...(length <= width ? [painted] : wrapToWidth(plain, width)))
      used = length
    }
  }
  return lines
}
