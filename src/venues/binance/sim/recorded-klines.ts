import { ConfigurationError } from '../../../lib/errors.ts'
import { MINUTE } from '../../../lib/model/window.ts'
import { formatDecimal } from '../../../lib/sim/digits.ts'
import { hashText, unitAt } from '../../../lib/sim/hash.ts'
import type { RecordedFile } from '../../../lib/sim/recorded/files.ts'
import type { DecodedRows, DecodeFile } from '../../../lib/sim/recorded/recorded-candles.ts'
import { decimalsOf } from './settle-row.ts'

const [COMMA, QUOTE, OPEN, CLOSE, NEWLINE, RETURN, ZERO, NINE] = [44, 34, 91, 93, 10, 13, 48, 57]
/** Open time, close time and trades are numbers on the wire, all else is text. */
const IS_TEXT = [0, 1, 1, 1, 1, 1, 0, 1, 0, 1, 1, 1]
const COLUMNS = IS_TEXT.length
/** Brackets and quotes that a line gains, at most. */
const ADDED_BYTES = 24

/** The archive's lines as rows of the wire form, byte for byte; six columns are filled up to twelve first. */
export const decodeKlines: DecodeFile = (csv, file) => {
  const start = csv.indexOf('\n') > 0 && !isDigit(csv[0]) ? csv.indexOf('\n') + 1 : 0
  const columns = countColumns(csv, start)
  if (columns !== COLUMNS && columns !== 6) {
    const hint =
      'expected the twelve columns of the venue’s archive, or open time, open, high, low, close, volume'
    throw new ConfigurationError(`${file.path} has ${columns} columns`, { hint })
  }
  const body = csv.subarray(start)
  return decodeLines(columns === COLUMNS ? body : Buffer.from(deriveColumns(body, file), 'latin1'), file)
}

export function hasAllColumns(csv: Buffer): boolean {
  return countColumns(csv, isDigit(csv[0]) ? 0 : csv.indexOf('\n') + 1) === COLUMNS
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= NINE

function countColumns(csv: Buffer, start: number): number {
  const end = csv.indexOf('\n', start)
  return csv.toString('latin1', start, end < 0 ? csv.byteLength : end).split(',').length
}

function countLines(csv: Buffer): number {
  let lines = csv.byteLength > 0 && csv.at(-1) !== NEWLINE ? 1 : 0
  for (let at = csv.indexOf(NEWLINE); at >= 0; at = csv.indexOf(NEWLINE, at + 1)) lines += 1
  return lines
}

function decodeLines(csv: Buffer, file: RecordedFile): DecodedRows {
  const rows = countLines(csv)
  const bytes = Buffer.allocUnsafe(csv.byteLength + rows * ADDED_BYTES)
  const openTimes = new Float64Array(rows)
  const offsets = new Uint32Array(rows + 1)
  const position = { from: 0, to: 0 }
  for (let row = 0; row < rows; row += 1) {
    openTimes[row] = decodeLine(csv, bytes, position)
    if (Number.isNaN(openTimes[row])) {
      throw new ConfigurationError(`${file.path} has a bad line, number ${row + 1} after the header`, {
        hint: 'expected the venue’s twelve columns in each line',
      })
    }
    offsets[row + 1] = position.to
  }
  return { openTimes, offsets, bytes: bytes.subarray(0, position.to) }
}

/** Moves `position` past one line of `csv` and past its row in `bytes`; returns the open time, NaN for a bad line. */
function decodeLine(csv: Buffer, bytes: Buffer, position: { from: number; to: number }): number {
  let { from, to } = position
  let openTime = 0
  let column = 0
  bytes[to++] = OPEN
  for (let byte = csv[from]; column < COLUMNS; column += 1) {
    if (IS_TEXT[column]) bytes[to++] = QUOTE
    for (; byte !== undefined && byte !== COMMA && byte !== NEWLINE && byte !== RETURN; byte = csv[++from]) {
      if (column === 0) openTime = openTime * 10 + byte - ZERO
      bytes[to++] = byte
    }
    if (IS_TEXT[column]) bytes[to++] = QUOTE
    bytes[to++] = COMMA
    if (byte !== COMMA) break
    byte = csv[++from]
  }
  bytes[to - 1] = CLOSE
  bytes[to++] = COMMA
  while (csv[from] === RETURN || csv[from] === NEWLINE) from += 1
  position.from = from
  position.to = to
  return column === COLUMNS - 1 ? openTime : Number.NaN
}

const POWERS = [1, 10, 100, 1_000, 10_000, 100_000, 1e6, 1e7, 1e8]
const toUnits = (text: string, decimals: number): number => Math.round(Number(text) * (POWERS[decimals] ?? 1))

/** Quote volume, trades and the taker's share from price, volume and a hash of symbol and minute. */
function deriveColumns(csv: Buffer, { symbol }: RecordedFile): string {
  const seed = hashText(symbol)
  const lines = csv
    .toString('latin1')
    .split('\n')
    .filter((line) => line.trim() !== '')
  return lines.map((line) => deriveLine(line.trim(), seed)).join('\n')
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
