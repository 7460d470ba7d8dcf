import type { RowShape } from './answer.ts'
import type { FaultKind } from './faults.ts'

type Row = Record<string | number, unknown>
type Spoil = (rows: Row[], shape: RowShape, fired: number) => Row[]

const middleOf = (rows: readonly unknown[]): number => Math.floor(rows.length / 2)

/** The same text with another last digit: sane, but not equal. */
const alter = (text: unknown): string =>
  String(text).replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 1) % 10))

const copyOf = (row: Row): Row => (Array.isArray(row) ? Object.assign([], row) : { ...row })

function changeMiddle(rows: Row[], change: (row: Row) => Row): Row[] {
  const middle = middleOf(rows)
  return rows.map((row, index) => (index === middle ? change(copyOf(row)) : row))
}

function repeatMiddle(rows: Row[], change: (row: Row) => Row): Row[] {
  const middle = middleOf(rows)
  return rows.flatMap((row, index) => (index === middle ? [row, change(copyOf(row))] : [row]))
}

const put = (row: Row, key: string | number | undefined, value: unknown): Row => {
  if (key === undefined) return row
  // A number stays one on the wire where JSON has a number for it.
  const isNumber = typeof row[key] === 'number' && Number.isFinite(Number(value))
  row[key] = isNumber ? Number(value) : value
  return row
}

const SPOILS: Partial<Record<FaultKind, Spoil>> = {
  'high-below-low': (rows, { high, low }) =>
    changeMiddle(rows, (row) => {
      if (high === undefined || low === undefined) return row
      const [top, bottom] = [row[high], row[low]]
      return put(put(row, high, bottom), low, top === bottom ? `1${String(top)}` : top)
    }),
  negative: (rows, { size, values }, fired) =>
    changeMiddle(rows, (row) => {
      const key = fired % 2 === 0 ? (size ?? values[0]) : values[0]
      const value = key === undefined ? '' : String(row[key])
      return put(row, key, /[1-9]/.test(value) ? `-${value.replace('-', '')}` : '-1')
    }),
  nan: (rows, { values }) => changeMiddle(rows, (row) => put(row, values[0], 'NaN')),
  'duplicate-rows': (rows) => repeatMiddle(rows, (row) => row),
  'conflicting-rows': (rows, { size, values }) =>
    repeatMiddle(rows, (row) => {
      const key = size ?? values[0] ?? ''
      return put(row, key, alter(row[key]))
    }),
  hole: (rows) => rows.filter((_, index) => index !== middleOf(rows)),
  unsorted: (rows) => rows.toReversed(),
}

/** True for the faults that change the rows of an otherwise good answer. */
export const isRowFault = (kind: FaultKind): boolean => kind in SPOILS

/** The JSON array `body` with its rows spoiled; what is not an array of rows stays as it is. */
export function spoilRows(kind: FaultKind, body: string, shape: RowShape, fired: number): string {
  const answer: unknown = JSON.parse(body)
  const spoil = SPOILS[kind]
  const { within } = shape
  const spoilList = (rows: unknown): unknown =>
    spoil && Array.isArray(rows) && rows.length > 0 ? spoil(rows, shape, fired) : rows
  const spoilGroup = (group: Row): Row => ({ ...group, [within ?? '']: spoilList(group[within ?? '']) })
  const isGrouped = within !== undefined && Array.isArray(answer)
  return JSON.stringify(isGrouped ? answer.map(spoilGroup) : spoilList(answer))
}
