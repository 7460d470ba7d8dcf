const [MINUS, ZERO] = [0x2d, 0x30]
/** PostgreSQL counts microseconds from 2000-01-01. */
const POSTGRES_EPOCH = Date.UTC(2000, 0, 1)
const WORD = 2 ** 32
const NEGATIVE = 0x4000

/** A text that is no decimal, with the SQLSTATE that the server itself would answer. */
export class NotDecimalError extends Error {
  readonly code = '22P02'
}

/** A buffer that grows, written in PostgreSQL's binary forms: big-endian, each value behind its length. */
export class BinaryBuffer {
  #bytes: Buffer
  #at = 0

  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafe(Math.max(64, size))
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

  /** A plain decimal as `numeric`, with exactly its digits: the scale that was sent is the scale that is read back. */
  decimal(text: string): void {
    const start = text.charCodeAt(0) === MINUS ? 1 : 0
    const dot = text.indexOf('.')
    const end = dot < 0 ? text.length : dot
    const scale = dot < 0 ? 0 : text.length - dot - 1
    if (end === start || dot === text.length - 1) throw new NotDecimalError(`not a decimal: ${text}`)
    const wholeGroups = (end - start + 3) >> 2
    const groups = wholeGroups + ((scale + 3) >> 2)
    this.#reserve(12 + groups * 2)
    this.#put32(8 + groups * 2)
    this.#put16(groups)
    this.#put16(wholeGroups - 1)
    this.#put16(start === 1 ? NEGATIVE : 0)
    this.#put16(scale)
    this.#groups(text, start, end, (end - start) & 3)
    if (scale > 0) this.#groups(text, end + 1, text.length, 0)
  }

  /**
   * Digits in groups of four, counted from the decimal point: the first group of a whole part is the short one
   * (`first` digits, 0 for four), and the last one of a fraction is filled up with zeros.
   */
  #groups(text: string, start: number, end: number, first: number): void {
    const bytes = this.#bytes
    let value = 0
    let left = first === 0 ? 4 : first
    for (let at = start; at < end; at += 1) {
      const digit = text.charCodeAt(at) - ZERO
      if (!(digit >= 0 && digit <= 9)) throw new NotDecimalError(`not a decimal: ${text}`)
      value = value * 10 + digit
      left -= 1
      if (left > 0 && at + 1 < end) continue
      for (; left > 0; left -= 1) value *= 10
      bytes[this.#at] = value >>> 8
      bytes[this.#at + 1] = value
      this.#at += 2
      value = 0
      left = 4
    }
  }

  #put16(value: number): void {
    this.#bytes[this.#at] = value >>> 8
    this.#bytes[this.#at + 1] = value
    this.#at += 2
  }

  #put32(value: number): void {
    this.#put16(value >>> 16)
    this.#put16(value & 0xffff)
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
  }
}
