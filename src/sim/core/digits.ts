const POINT = 46
const BILLION = 1_000_000_000
const POWERS = Array.from({ length: 16 }, (_, exponent) => Number(`1e${exponent}`))

/** The three digits of each number below 1,000 as one word: a table that stays in the processor's first cache. */
const THREES = Int32Array.from({ length: 1_000 }, (_, value) =>
  Buffer.from(`\0${String(value).padStart(3, '0')}`).readInt32BE(),
)

/**
 * Writes a whole number ≥ 0 in decimal at `at` and returns where it ends. Up to three bytes after the end are
 * overwritten: what follows is written next.
 */
export function writeInteger(bytes: DataView, at: number, value: number): number {
  if (value < BILLION) return writePadded(bytes, at, value | 0, countDigits(value | 0))
  const high = Math.floor(value / BILLION)
  return writePadded(bytes, writeInteger(bytes, at, high), value - high * BILLION, 9)
}

/** Writes `units` of the last of `decimals` decimals (10130 with 4 is `1.0130`), as `writeInteger` does. */
export function writeDecimal(bytes: DataView, at: number, units: number, decimals: number): number {
  if (decimals === 0) return writeInteger(bytes, at, units)
  const scale = POWERS[decimals] ?? 1
  const whole = Math.floor(units / scale)
  const point = writeInteger(bytes, at, whole)
  bytes.setUint8(point, POINT)
  const rest = units - whole * scale
  if (decimals <= 9) return writePadded(bytes, point + 1, rest | 0, decimals)
  const high = Math.floor(rest / BILLION)
  const middle = writePadded(bytes, point + 1, high | 0, decimals - 9)
  return writePadded(bytes, middle, rest - high * BILLION, 9)
}

function countDigits(value: number): number {
  if (value < 10_000) return value < 100 ? (value < 10 ? 1 : 2) : value < 1_000 ? 3 : 4
  if (value < 1_000_000) return value < 100_000 ? 5 : 6
  return value < 10_000_000 ? 7 : value < 100_000_000 ? 8 : 9
}

/** One to nine digits, leading zeros included, three at a time. */
function writePadded(bytes: DataView, at: number, value: number, digits: number): number {
  if (digits <= 3) return writeThree(bytes, at, value, digits)
  if (digits <= 6) {
    const high = (value / 1_000) | 0
    return writeThree(bytes, writeThree(bytes, at, high, digits - 3), value - high * 1_000, 3)
  }
  const high = (value / 1_000_000) | 0
  const rest = value - high * 1_000_000
  const middle = (rest / 1_000) | 0
  const end = writeThree(bytes, writeThree(bytes, at, high, digits - 6), middle, 3)
  return writeThree(bytes, end, rest - middle * 1_000, 3)
}

function writeThree(bytes: DataView, at: number, value: number, digits: number): number {
  bytes.setInt32(at, (THREES[value] ?? 0) << (32 - 8 * digits))
  return at + digits
}

const scratch = Buffer.alloc(48)
const scratchView = new DataView(scratch.buffer, scratch.byteOffset, scratch.byteLength)

export const formatDecimal = (units: number, decimals: number): string =>
  scratch.toString('latin1', 0, writeDecimal(scratchView, 0, units, decimals))
