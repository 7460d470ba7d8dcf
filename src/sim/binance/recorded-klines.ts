import { MINUTE } from '../../lib/model/window.ts'
import { formatDecimal } from '../core/digits.ts'
import { hashText, unitAt } from '../core/hash.ts'
import type { RecordedFile } from '../core/recorded/files.ts'
import type { DecodedRows, DecodeFile } from '../core/recorded/recorded-candles.ts'
import { EARLIEST, findTimeProblem, isHeading, LATEST, refuseLine } from '../core/recorded/refuse-line.ts'
import { decimalsOf } from './settle-row.ts'

const [COMMA, QUOTE, OPEN, CLOSE, NEWLINE, RETURN, ZERO] = [44, 34, 91, 93, 10, 13, 48]
/** By the byte. */
const IS_OF_NUMBER = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[\d.eE+-]/.test(String.fromCharCode(byte)) ? 1 : 0,
)
/** Open time, close time and trades are numbers on the wire, all else is text. */
const IS_TEXT = [0, 1, 1, 1, 1, 1, 0, 1, 0, 1, 1, 1]
const COLUMNS = IS_TEXT.length
const FEWEST = 6
const HINT =
  'expected the twelve columns of the venue’s archive, or open time, open, high, low, close, volume'
/** Brackets and quotes that a line gains, at most. */
const ADDED_BYTES = 24

/** The archive's lines as rows of the wire form, byte for byte; six columns are filled up to twelve first. */
export const decodeKlines: DecodeFile = (csv, file) => {
  const start = startOfRows(csv)
  const columns = countColumns(csv, start)
  if (columns !== COLUMNS && columns !== FEWEST) {
    refuseLine(file.path, start > 0 ? 2 : 1, `it has ${describeColumns(columns)}`, HINT)
  }
  const body = csv.subarray(start)
  const whole = columns === COLUMNS ? body : Buffer.from(deriveColumns(body, file), 'latin1')
  return decodeLines(whole, (line) =>
    refuseRow(file.path, body, { line, offset: start > 0 ? 2 : 1, columns }),
  )
}

export const hasAllColumns = (csv: Buffer): boolean => countColumns(csv, startOfRows(csv)) === COLUMNS

/** Behind the heading, if there is one. */
const startOfRows = (csv: Buffer): number =>
  isHeading(csv.toString('latin1', 0, 1)) ? csv.indexOf('\n') + 1 || csv.byteLength : 0

const describeColumns = (count: number): string => (count === 1 ? 'one column' : `${count} columns`)

const columnsOf = (line: string): string[] => line.split(',')

function countColumns(csv: Buffer, start: number): number {
  const end = csv.indexOf('\n', start)
  return columnsOf(csv.toString('latin1', start, end < 0 ? csv.byteLength : end)).length
}

interface BadRow {
  /** From 0, empty ones included, and the number of the first. */
  readonly line: number
  readonly offset: number
  readonly columns: number
}

/** Says what is wrong with a line; only now, as the words cost time that good lines need not spend. */
function refuseRow(path: string, csv: Buffer, { line, offset, columns }: BadRow): never {
  const text = csv.toString('latin1').split('\n')[line]?.trim() ?? ''
  const cells = columnsOf(text)
  const misfit = cells.findIndex((cell) => !/^[\d.eE+-]+$/.test(cell))
  const problem =
    cells.length !== columns
      ? `it has ${describeColumns(cells.length)} instead of ${columns}`
      : (findTimeProblem(cells[0] ?? '') ??
        (misfit < 0 ? 'its open time is not the beginning of a minute' : `column ${misfit + 1} is no number`))
  return refuseLine(path, line + offset, problem, HINT)
}

function countLines(csv: Buffer): number {
  let lines = csv.byteLength > 0 && csv.at(-1) !== NEWLINE ? 1 : 0
  for (let at = csv.indexOf(NEWLINE); at >= 0; at = csv.indexOf(NEWLINE, at + 1)) lines += 1
  return lines
}

function decodeLines(csv: Buffer, refuse: (line: number) => never): DecodedRows {
  const lines = countLines(csv)
  const bytes = Buffer.allocUnsafe(csv.byteLength + lines * ADDED_BYTES)
  const openTimes = new Float64Array(lines)
  const offsets = new Uint32Array(lines + 1)
  const position = { from: 0, to: 0 }
  let rows = 0
  for (let line = 0; position.from < csv.byteLength; line += 1) {
    if (skipEmptyLine(csv, position)) continue
    const openTime = decodeLine(csv, bytes, position)
    if (openTime % MINUTE !== 0 || openTime < EARLIEST || openTime >= LATEST) refuse(line)
    openTimes[rows] = openTime
    rows += 1
    offsets[rows] = position.to
  }
  return {
    openTimes: openTimes.subarray(0, rows),
    offsets: offsets.subarray(0, rows + 1),
    bytes: bytes.subarray(0, position.to),
  }
}

function skipEmptyLine(csv: Buffer, position: { from: number }): boolean {
  const end = csv[position.from] === RETURN ? position.from + 1 : position.from
  if (end < csv.byteLength && csv[end] !== NEWLINE) return false
  position.from = end + 1
  return true
}

/** Moves `position` past one line of `csv` and past its row in `bytes`; returns the open time, NaN for a bad line. */
function decodeLine(csv: Buffer, bytes: Buffer, position: { from: number; to: number }): number {
  let { from, to } = position
  let openTime = 0
  let column = 0
  bytes[to++] = OPEN
  for (let byte = csv[from]; column < COLUMNS; column += 1) {
    if (IS_TEXT[column]) bytes[to++] = QUOTE
    const start = to
    for (; byte !== undefined && byte !== COMMA && byte !== NEWLINE && byte !== RETURN; byte = csv[++from]) {
      if (column === 0) openTime = openTime * 10 + byte - ZERO
      if (IS_OF_NUMBER[byte] !== 1) return Number.NaN
      bytes[to++] = byte
    }
    if (to === start) return Number.NaN
    if (IS_TEXT[column]) bytes[to++] = QUOTE
    bytes[to++] = COMMA
    if (byte !== COMMA) break
    byte = csv[++from]
  }
  bytes[to - 1] = CLOSE
  bytes[to++] = COMMA
  if (csv[from] === RETURN) from += 1
  position.from = from + 1
  position.to = to
  return column === COLUMNS - 1 ? openTime : Number.NaN
}

/** As large and as precise as prices and sizes may be. */
const SIX_NUMBERS = /^\d{1,16}(?:,\d{1,15}(?:\.\d{1,8})?){5}$/

const POWERS = [1, 10, 100, 1_000, 10_000, 100_000, 1e6, 1e7, 1e8]
const toUnits = (text: string, decimals: number): number => Math.round(Number(text) * (POWERS[decimals] ?? 1))

/** Quote volume, trades and the taker's share from price, volume and a hash of symbol and minute. */
function deriveColumns(csv: Buffer, { symbol }: RecordedFile): string {
  const seed = hashText(symbol)
  const lines = csv.toString('latin1').split('\n')
  // What is empty or bad stays as it is: it is told by its number.
  return lines
    .map((line) => (SIX_NUMBERS.test(line.trim()) ? deriveLine(line.trim(), seed) : line))
    .join('\n')
}

function deriveLine(line: string, seed: number): string {
  const [openTime = '', open = '', high = '', low = '', close = '', volume = ''] = line.split(',')
  const priceDecimals = Math.max(decimalsOf(open), decimalsOf(high), decimalsOf(low), decimalsOf(close))
  const sizeDecimals = decimalsOf(volume)
  const price = Math.round(
    (toUnits(high, priceDecimals) + toUnits(low, priceDecimals) + toUnits(close, priceDecimals)) / 3,
  )
  const size = toUnits(volume, sizeDecimals)
  const taker = Math.floor(size * (0.2 + 0.6 * unitAt(seed, Number(openTime) / MINUTE)))
  const trades = size === 0 ? 0 : Math.max(1, Math.min(size, Math.round(Number(volume) * 4)))
  const quote = (units: number): string => formatDecimal(units * price, priceDecimals + sizeDecimals)
  const closeTime = Number(openTime) + MINUTE - 1
  return `${line},${closeTime},${quote(size)},${trades},${formatDecimal(taker, sizeDecimals)},${quote(taker)},0`
}
