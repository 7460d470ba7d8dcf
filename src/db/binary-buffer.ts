const [MINUS, ZERO, NINE] = [0x2d, 0x30, 0x39]
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
    const wholeGroups = (end - start + 3) >> 2
    const groups = wholeGroups + ((scale + 3) >> 2)
    if (end === start || dot === text.length - 1) throw new NotDecimalError(`not a decimal: ${text}`)
    this.#reserve(12 + groups * 2)
    this.#put32(8 + groups * 2)
    this.#put16(groups)
    this.#put16(wholeGroups - 1)
    this.#put16(start === 1 ? NEGATIVE : 0)
    this.#put16(scale)
    // Groups of four digits, counted from the decimal point in both directions.
    for (let at = end - wholeGroups * 4; at < end; at += 4) this.#put16(group(text, at, start, end))
    for (let at = end + 1; at <= end + scale; at += 4) this.#put16(group(text, at, end + 1, text.length))
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

/** The four digits at `from`, those outside of `[start, end)` being 0. */
function group(text: string, from: number, start: number, end: number): number {
  let value = 0
  for (let at = from; at < from + 4; at += 1) {
    const code = at >= start && at < end ? text.charCodeAt(at) : ZERO
    if (code < ZERO || code > NINE) throw new NotDecimalError(`not a decimal: ${text}`)
    value = value * 10 + (code - ZERO)
  }
  return value
}
