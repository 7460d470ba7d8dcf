import type { Dataset, RowOf } from '../lib/model/market.ts'
import type { Commit } from '../lib/ports.ts'
import { type ColumnKind, TABLES } from './tables.ts'

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

const escapeText = (text: string): string =>
  /[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, (found) => ESCAPES[found] ?? found) : text

function encode(value: unknown, kind: ColumnKind): string {
  if (value === null || value === undefined) return '\\N'
  if (kind === 'number') return String(value)
  return kind === 'time' ? new Date(Number(value)).toISOString() : escapeText(String(value))
}

/** The rows of one commit in the text format of COPY, in the order of `columnNames`. */
export function encodeRows<D extends Dataset>(venue: string, { symbol, dataset, rows }: Commit<D>): string {
  const prefix = `${escapeText(venue)}\t${escapeText(symbol)}\t`
  const columns = TABLES[dataset].columns as readonly { field: keyof RowOf[D]; kind: ColumnKind }[]
  let text = ''
  for (const row of rows) {
    text += prefix + new Date(row.ts).toISOString()
    for (const { field, kind } of columns) text += `\t${encode(row[field], kind)}`
    text += '\n'
  }
  return text
}
