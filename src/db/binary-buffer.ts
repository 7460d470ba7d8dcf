const [MINUS, DOT, ZERO] = [0x2d, 0x2e, 0x30]
/** PostgreSQL counts microseconds from 2000-01-01. */
const POSTGRES_EPOCH = Date.UTC(2000, 0, 1)
const WORD = 2 ** 32
const WORD_16 = 2 ** 16
const WORD_31 = 2 ** 31
const NEGATIVE = 0x4000
const GROUP = 10_000
const POWERS = [1, 10, 100, 1_000, GROUP]
const POWERS_OF_TEN = Float64Array.from({ length: 9 }, (_, scale) => 10 ** scale)

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

/** A text that is no decimal, with the SQLSTATE that the server itself would answer. */
export class NotDecimalError extends Error {
  readonly code = '22P02'
}

const notDecimal = (cells: Uint8Array, from: number, to: number): NotDecimalError =>
  new NotDecimalError(`not a decimal: ${Buffer.from(cells.subarray(from, to)).toString('latin1')}`)

/** A buffer that grows, written in PostgreSQL's binary forms: big-endian, each value behind its length. */
export class BinaryBuffer {
  #bytes: Buffer
  /** Of the same memory: it stores two or four bytes at a time. */
  #view: DataView
  #at = 0

  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafe(Math.max(64, size))
    this.#view = viewOf(this.#bytes)
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#at
  }

  /** What was written; the buffer must not be written to afterwards. */
  done(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  int16(value: number): void {
    this.#reserve(2)
    this.#put16(value)
  }

  int32(value: number): void {
    this.#reserve(4)
    this.#put32(value)
  }

  null(): void {
    this.int32(-1)
  }

  text(value: string): void {
    const bytes = Buffer.from(value, 'utf8')
    this.int32(bytes.length)
    this.raw(bytes)
  }

  /** A whole number within the safe range. */
  bigint(value: number): void {
    this.#reserve(12)
    this.#put32(8)
    this.#put64(value)
  }

  /** A whole number of 32 bits. */
  integer(value: number): void {
    this.#reserve(8)
    this.#put32(4)
    this.#put32(value)
  }

  double(value: number): void {
    this.#reserve(12)
    this.#put32(8)
    this.#at = this.#bytes.writeDoubleBE(value, this.#at)
  }

  /** Milliseconds since the epoch as `timestamptz`. */
  time(ts: number): void {
    this.bigint((ts - POSTGRES_EPOCH) * 1_000)
  }

  /**
   * A plain decimal as `numeric`, with exactly its digits: the scale that was sent is the scale that is read back. Eight
   * of these are written for each candle, so it is one loop over the characters, with the buffer in a local variable.
   */
  decimal(text: string): void {
    const { length } = text
    const start = text.charCodeAt(0) === MINUS ? 1 : 0
    const dot = text.indexOf('.')
    const end = dot < 0 ? length : dot
    const scale = dot < 0 ? 0 : length - dot - 1
    if (end === start || dot === length - 1) throw new NotDecimalError(`not a decimal: ${text}`)
    const wholeGroups = (end - start + 3) >> 2
    const groups = wholeGroups + ((scale + 3) >> 2)
    this.#reserve(12 + groups * 2)
    const view = this.#view
    let out = this.#numericHead(groups, wholeGroups, start === 1 ? NEGATIVE : 0, scale)
    // Digits go in groups of four, counted from the decimal point: the first group of a whole part is the short one.
    let value = 0
    let left = ((end - start - 1) & 3) + 1
    for (let at = start; at < length; at += 1) {
      if (at === dot) continue
      const digit = text.charCodeAt(at) - ZERO
      if (!(digit >= 0 && digit <= 9)) throw new NotDecimalError(`not a decimal: ${text}`)
      value = value * 10 + digit
      left -= 1
      if (left > 0) continue
      view.setUint16(out, value)
      out += 2
      value = 0
      left = 4
    }
    // The last group of a fraction is filled up with zeros.
    if (left < 4) view.setUint16(out, value * (POWERS[left] ?? 1))
    this.#at += 12 + groups * 2
  }

  /** The same from the bytes `[from, to)` of a text. */
  decimalCell(cells: Uint8Array, from: number, to: number): void {
    const start = cells[from] === MINUS ? from + 1 : from
    let end = start
    while (end < to && cells[end] !== DOT) end += 1
    const scale = end === to ? 0 : to - end - 1
    if (end <= start || end === to - 1) throw notDecimal(cells, from, to)
    const wholeGroups = (end - start + 3) >> 2
    const groups = wholeGroups + ((scale + 3) >> 2)
    this.#reserve(12 + groups * 2)
    const view = this.#view
    let out = this.#numericHead(groups, wholeGroups, start === from ? 0 : NEGATIVE, scale)
    let value = 0
    let left = ((end - start - 1) & 3) + 1
    for (let at = start; at < to; at += 1) {
      if (at === end) continue
      const digit = (cells[at] ?? 0) - ZERO
      if (!(digit >= 0 && digit <= 9)) throw notDecimal(cells, from, to)
      value = value * 10 + digit
      left -= 1
      if (left > 0) continue
      view.setUint16(out, value)
      out += 2
      value = 0
      left = 4
    }
    if (left < 4) view.setUint16(out, value * (POWERS[left] ?? 1))
    this.#at += 12 + groups * 2
  }

  /**
   * The same from a plain cell: its digits as one number, `scale` of them, at most 8, behind the point, in a text of
   * `length` characters. False, and nothing is written, where its whole part is longer than that of nearly all.
   */
  plainDecimal(digits: Float64Array, cell: number, scale: number, length: number): boolean {
    const signed = digits[cell] ?? 0
    const isNegative = signed < 0
    const value = isNegative ? -signed : signed
    const power = POWERS_OF_TEN[scale] ?? 1
    // Whole numbers of 32 bits from here on: others would each be an object where they are handed on.
    if (value >= WORD_31 * power) return false
    const whole = (value / power) | 0
    const part = (value - whole * power) | 0
    const wholeDigits = length - (isNegative ? 1 : 0) - (scale === 0 ? 0 : scale + 1)
    const wholeGroups = (wholeDigits + 3) >> 2
    const groups = wholeGroups + ((scale + 3) >> 2)
    this.#reserve(12 + groups * 2)
    const view = this.#view
    const out = this.#numericHead(groups, wholeGroups, isNegative ? NEGATIVE : 0, scale)
    if (wholeGroups === 1) view.setUint16(out, whole)
    else this.#putGroups(whole, out, wholeGroups)
    const point = out + wholeGroups * 2
    // The last group of a fraction is filled up with zeros.
    const padded = part * (POWERS[-scale & 3] ?? 1)
    if (scale > 4) {
      const first = (padded / GROUP) | 0
      view.setUint16(point, first)
      view.setUint16(point + 2, padded - first * GROUP)
    } else if (scale > 0) view.setUint16(point, padded)
    this.#at += 12 + groups * 2
    return true
  }

  /** A whole number of 31 bits as its last `count` groups of four digits. */
  #putGroups(value: number, at: number, count: number): void {
    let left = value
    for (let group = count - 1; group >= 0; group -= 1) {
      const rest = (left / GROUP) | 0
      this.#view.setUint16(at + group * 2, left - rest * GROUP)
      left = rest
    }
  }

  /** The length of a numeric and what stands before its digits; returns where those begin. */
  #numericHead(groups: number, wholeGroups: number, sign: number, scale: number): number {
    const view = this.#view
    const at = this.#at
    view.setUint32(at, 8 + groups * 2)
    view.setUint32(at + 4, groups * WORD_16 + ((wholeGroups - 1) & 0xffff))
    view.setUint32(at + 8, sign * WORD_16 + scale)
    return at + 12
  }

  #put16(value: number): void {
    this.#view.setUint16(this.#at, value)
    this.#at += 2
  }

  #put32(value: number): void {
    this.#view.setUint32(this.#at, value)
    this.#at += 4
  }

  #put64(value: number): void {
    this.#put32(Math.floor(value / WORD))
    this.#put32(value >>> 0)
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + length))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
    this.#view = viewOf(larger)
  }
}
