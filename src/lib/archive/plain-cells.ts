const [LF, QUOTE, COMMA, MINUS, DOT, ZERO] = [0x0a, 0x22, 0x2c, 0x2d, 0x2e, 0x30]

/** The scale of a cell that is not plain. */
export const NOT_PLAIN = -1
/** More digits than this in one number would round. */
const MOST_DIGITS = 15
/** So many of them behind the point make a number of 32 bits. */
const MOST_SCALE = 8
/** So many in front of it as well; there may be more, which takes longer to read. */
const SHORT_DIGITS = 9
const SHORT = 10 ** SHORT_DIGITS
const POWERS = Float64Array.from({ length: MOST_SCALE + 1 }, (_, scale) => 10 ** scale)

/** What was read of cells on the way to their ends. */
export interface PlainCells {
  /** The digits of a plain cell as one whole number, with its sign. */
  readonly digits: Float64Array
  /** How many of them stand behind the point, 0 to 8; `NOT_PLAIN` for any other cell. */
  readonly scales: Int8Array
}

/**
 * Reads the cell that begins at `from`, and returns where it ends: at a comma, a line feed or a quote, one of which must
 * come. A plain cell is a decimal of at most 15 digits, 8 of them behind the point: nearly every one. Two numbers of 32
 * bits, in loops of their own, are read more than twice as fast as one double.
 */
export function readCell(bytes: Uint8Array, from: number, cells: PlainCells, cell: number): number {
  const first = bytes[from] === MINUS ? from + 1 : from
  let at = first
  let whole = 0
  let digit = (bytes[at] ?? 0) - ZERO
  while (digit >= 0 && digit <= 9) {
    whole = (Math.imul(whole, 10) + digit) | 0
    at += 1
    digit = (bytes[at] ?? 0) - ZERO
  }
  const point = at
  let value = point - first > SHORT_DIGITS ? readLong(bytes, first, point) : whole
  let scale = 0
  if (bytes[at] === DOT) {
    at += 1
    let part = 0
    digit = (bytes[at] ?? 0) - ZERO
    while (digit >= 0 && digit <= 9) {
      part = (Math.imul(part, 10) + digit) | 0
      at += 1
      digit = (bytes[at] ?? 0) - ZERO
    }
    scale = at - point - 1
    value = scale > 0 && scale <= MOST_SCALE ? value * (POWERS[scale] ?? 1) + part : Number.NaN
  }
  const isPlain = point > first && point - first + scale <= MOST_DIGITS && !Number.isNaN(value)
  cells.digits[cell] = first === from ? value : -value
  // Minus zero would lose its sign.
  cells.scales[cell] = isPlain && (first === from || value !== 0) ? scale : NOT_PLAIN
  const code = bytes[at]
  if (code === COMMA || code === LF) return at
  cells.scales[cell] = NOT_PLAIN
  return findEnd(bytes, at)
}

/** Up to 15 digits; of more it does not matter. */
function readLong(bytes: Uint8Array, from: number, to: number): number {
  const middle = to - SHORT_DIGITS
  let [high, low] = [0, 0]
  for (let at = from; at < middle; at += 1) high = (Math.imul(high, 10) + (bytes[at] ?? 0) - ZERO) | 0
  for (let at = middle; at < to; at += 1) low = (Math.imul(low, 10) + (bytes[at] ?? 0) - ZERO) | 0
  return high * SHORT + low
}

function findEnd(bytes: Uint8Array, from: number): number {
  let at = from
  while (bytes[at] !== COMMA && bytes[at] !== LF && bytes[at] !== QUOTE) at += 1
  return at
}

/** The value of a cell; NaN where it is not plain. */
export const valueAt = (digits: Float64Array, scales: Int8Array, cell: number): number =>
  (digits[cell] ?? 0) / (POWERS[scales[cell] ?? 0] ?? Number.NaN)
