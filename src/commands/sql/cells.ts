import type { Cell, ResultColumn } from '../../db/statement.ts'

const BOOLEAN = 16
const JSON_TYPES = [114, 3802]
const NUMBERS = [20, 21, 23, 26, 700, 701, 1700]
const TIMESTAMP = 1114
const TIMESTAMPTZ = 1184

export const isNumber = ({ type }: ResultColumn): boolean => NUMBERS.includes(type)

/** As the server writes it, truth in words; times in ISO form (the session's zone is UTC). */
export function cellText(cell: string, { type }: ResultColumn): string {
  if (type === BOOLEAN) return cell === 't' ? 'true' : 'false'
  if (type === TIMESTAMPTZ) return cell.replace(' ', 'T').replace(/\+00$/, 'Z')
  return type === TIMESTAMP ? cell.replace(' ', 'T') : cell
}

/** A field of RFC 4180: null is nothing, an empty text a pair of quotes. */
export function csvField(cell: Cell, column: ResultColumn): string {
  if (cell === null) return ''
  const text = cellText(cell, column)
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** JSON: numbers with exactly their digits, documents as they are. */
export function jsonValue(cell: Cell, column: ResultColumn, quote: (value: unknown) => string): string {
  if (cell === null) return 'null'
  if (column.type === BOOLEAN) return cellText(cell, column)
  if (isNumber(column) && JSON_NUMBER.test(cell)) return cell
  if (JSON_TYPES.includes(column.type)) return quote(JSON.parse(cell))
  return quote(cellText(cell, column))
}
