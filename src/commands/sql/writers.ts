import type { Cell, ResultColumn, ResultSink } from '../../db/statement.ts'
import { formatCount } from '../../lib/text/numbers.ts'
import { toOneLine, toOneLineJson } from '../../lib/text/one-line.ts'
import { displayWidth, padToWidth } from '../../lib/text/width.ts'
import { cellText, csvField, isNumber, jsonValue } from './cells.ts'

/** Takes text when whoever reads it is ready for more. */
export type Write = (text: string) => Promise<void>

type Row = readonly Cell[]

/** RFC 4180, the names first. */
export function csvWriter(write: Write): ResultSink {
  let columns: readonly ResultColumn[] = []
  const line = (fields: readonly string[]): string => `${fields.join(',')}\r\n`
  return {
    async columns(given) {
      columns = given
      const text = { name: '', type: 0 }
      if (given.length > 0) await write(line(given.map(({ name }) => csvField(name, text))))
    },
    async rows(rows) {
      await write(
        rows.map((row) => line(columns.map((column, at) => csvField(row[at] ?? null, column)))).join(''),
      )
    },
    async end() {},
  }
}

/** One object: `{"columns":["a"],"rows":[{"a":1}],"command":"SELECT","count":1}`. */
export function jsonWriter(write: Write): ResultSink {
  let columns: readonly ResultColumn[] = []
  let names: readonly string[] = []
  let isFirst = true
  const toObject = (row: Row): string => {
    const fields = columns.map((column, at) => {
      const value = jsonValue(row[at] ?? null, column, toOneLineJson)
      return `${names[at]}:${value}`
    })
    const comma = isFirst ? '' : ','
    isFirst = false
    return `${comma}{${fields.join(',')}}`
  }
  return {
    async columns(given) {
      columns = given
      const unique = nameApart(given.map(({ name }) => name))
      names = unique.map((name) => toOneLineJson(name))
      await write(`{"columns":[${names.join(',')}],"rows":[`)
    },
    rows: async (rows) => await write(rows.map(toObject).join('')),
    end: async (command, count) => await write(`],"command":${toOneLineJson(command)},"count":${count}}\n`),
  }
}

/** Of two columns of one name the second gets `_2`: none is lost in an object. */
function nameApart(names: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return names.map((name) => {
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return times === 1 ? name : `${name}_${times}`
  })
}

/** What is followed by the number of rows. */
const CHANGES = /^(?:INSERT|UPDATE|DELETE|MERGE|COPY)/
const GAP = '  '
const MISSING = ''

/** A table, its columns as wide as those of the first rows need; where that is wider than the screen, a row is a block. */
export function tableWriter(
  write: Write,
  { width, paint }: { readonly width: number | undefined; readonly paint: (text: string) => string },
): ResultSink {
  let columns: readonly ResultColumn[] = []
  let layout: ((rows: readonly (readonly string[])[]) => string) | undefined
  const toTexts = (row: Row): string[] =>
    columns.map((column, at) => {
      const cell = row[at] ?? null
      return cell === null ? MISSING : toOneLine(cellText(cell, column))
    })
  return {
    async columns(given) {
      columns = given
      layout = undefined
    },
    async rows(rows) {
      const texts = rows.map(toTexts)
      if (!layout) {
        const chosen = chooseLayout(columns, texts, { width, paint })
        layout = chosen.lay
        await write(chosen.head)
      }
      await write(layout(texts))
    },
    async end(command, count) {
      if (columns.length === 0)
        return await write(CHANGES.test(command) ? `${command} ${formatCount(count)}\n` : `${command}\n`)
      if (!layout) await write(chooseLayout(columns, [], { width, paint }).head)
      await write(paint(`(${formatCount(count)} ${count === 1 ? 'row' : 'rows'})`).concat('\n'))
    },
  }
}

interface Layout {
  readonly head: string
  readonly lay: (rows: readonly (readonly string[])[]) => string
}

function chooseLayout(
  columns: readonly ResultColumn[],
  rows: readonly (readonly string[])[],
  { width, paint }: { readonly width: number | undefined; readonly paint: (text: string) => string },
): Layout {
  const titles = columns.map(({ name }) => toOneLine(name))
  const widths = titles.map((title, at) =>
    rows.reduce((most, row) => Math.max(most, displayWidth(row[at] ?? '')), displayWidth(title)),
  )
  const all = widths.reduce((sum, one) => sum + one, 0) + GAP.length * (widths.length - 1)
  if (width !== undefined && all > width && rows.length > 0) return stack(titles, paint)
  const lay = (cells: readonly string[]): string =>
    columns
      .map((column, at) => padToWidth(cells[at] ?? '', widths[at] ?? 0, isNumber(column) ? 'right' : 'left'))
      .join(GAP)
      .trimEnd()
  return {
    head: `${paint(lay(titles))}\n`,
    lay: (more) => more.map((row) => `${lay(row)}\n`).join(''),
  }
}

/** A line for each value, a row after the other. */
function stack(titles: readonly string[], paint: (text: string) => string): Layout {
  const most = Math.max(...titles.map(displayWidth))
  const block = (row: readonly string[]): string =>
    titles
      .map((title, at) => `${paint(padToWidth(title, most, 'left'))}${GAP}${row[at] ?? ''}`.trimEnd())
      .join('\n')
  return { head: '', lay: (rows) => rows.map((row) => `${block(row)}\n\n`).join('') }
}
