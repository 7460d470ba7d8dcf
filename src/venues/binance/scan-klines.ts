import { isPlausibleTime } from '../../lib/http/plausible-time.ts'
import { findFault } from '../../lib/model/candle-rules.ts'
import type { Candle } from '../../lib/model/market.ts'
import { MINUTE } from '../../lib/model/window.ts'
import type { ParsedRows } from '../../lib/venue.ts'

const [QUOTE, COMMA, OPEN, CLOSE, ZERO] = [0x22, 0x2c, 0x5b, 0x5d, 0x30]
/** Digits of the longest number that is exact. */
const MOST_DIGITS = 15

/** Goes through the text once; anything unexpected makes it `isLost` for good. */
class Cursor {
  readonly #text: string
  #at = 0
  isLost = false

  constructor(text: string) {
    this.#text = text
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length
  }

  /** Whether the next character is this one; only then it is passed. */
  passes(code: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== code) return false
    this.#at += 1
    return true
  }

  expect(code: number): void {
    if (!this.passes(code)) this.isLost = true
  }

  wholeNumber(): number {
    const start = this.#at
    let value = 0
    for (let digit = this.#digit(); digit >= 0 && digit <= 9; digit = this.#digit()) {
      value = value * 10 + digit
      this.#at += 1
    }
    const digits = this.#at - start
    // JSON knows no zero in front of another digit.
    const isPadded = digits > 1 && this.#text.charCodeAt(start) === ZERO
    if (digits === 0 || digits > MOST_DIGITS || isPadded) this.isLost = true
    return value
  }

  skipDigits(): void {
    while (this.#digit() >= 0 && this.#digit() <= 9) this.#at += 1
  }

  /** A text in quotes without any escape, and the comma behind it. */
  text(): string {
    this.expect(QUOTE)
    const end = this.#text.indexOf('"', this.#at)
    if (end < 0) this.isLost = true
    const found = this.#text.slice(this.#at, end)
    this.#at = end + 1
    this.expect(COMMA)
    return found
  }

  #digit(): number {
    return this.#text.charCodeAt(this.#at) - ZERO
  }
}

/**
 * Candles straight from the compact text that the venue sends, `[[t,"o",…],[…]]`, a quarter quicker than through JSON
 * and with fewer objects to collect. Takes an answer only if every row has exactly the known slots and is sound;
 * anything else, also an empty answer, is undefined and left to the full parser, which knows what to say of it.
 */
export function scanKlines(body: string): ParsedRows<'ohlcv'> | undefined {
  const cursor = new Cursor(body)
  const rows: Candle[] = []
  cursor.expect(OPEN)
  do {
    const candle = scanKline(cursor)
    if (cursor.isLost || candle.ts % MINUTE !== 0 || !isPlausibleTime(candle.ts)) return undefined
    if (findFault(candle) !== undefined) return undefined
    rows.push(candle)
  } while (cursor.passes(COMMA))
  cursor.expect(CLOSE)
  return cursor.isLost || !cursor.isAtEnd ? undefined : { rows, rejected: [], count: rows.length }
}

function scanKline(cursor: Cursor): Candle {
  cursor.expect(OPEN)
  const ts = cursor.wholeNumber()
  cursor.expect(COMMA)
  const [open, high, low, close, volume] = [
    cursor.text(),
    cursor.text(),
    cursor.text(),
    cursor.text(),
    cursor.text(),
  ]
  // The end of the minute, or another slot stands here.
  if (cursor.wholeNumber() !== ts + MINUTE - 1) cursor.isLost = true
  cursor.expect(COMMA)
  const quoteVolume = cursor.text()
  const trades = cursor.wholeNumber()
  cursor.expect(COMMA)
  const [takerBuyVolume, takerBuyQuoteVolume] = [cursor.text(), cursor.text()]
  // The last slot is unused, but it must be the last.
  cursor.expect(QUOTE)
  cursor.skipDigits()
  cursor.expect(QUOTE)
  cursor.expect(CLOSE)
  return { ts, open, high, low, close, volume, quoteVolume, trades, takerBuyVolume, takerBuyQuoteVolume }
}
