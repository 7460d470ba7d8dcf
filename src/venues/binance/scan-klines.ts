import { isPlausibleTime } from '../../lib/http/plausible-time.ts'
import { type CandleValues, findFault } from '../../lib/model/candle-rules.ts'
import { LONGEST_DECIMAL, toNumber } from '../../lib/model/decimal.ts'
import type { Candle } from '../../lib/model/market.ts'
import { MINUTE } from '../../lib/model/window.ts'
import type { ParsedRows } from '../../lib/venue/route.ts'

const [QUOTE, COMMA, OPEN, CLOSE, ZERO, NINE, DOT] = [0x22, 0x2c, 0x5b, 0x5d, 0x30, 0x39, 0x2e]
/** Digits of the longest number that is exact. */
const MOST_DIGITS = 15
const POWERS = Array.from({ length: MOST_DIGITS + 1 }, (_, scale) => 10 ** scale)

/** Goes through the text once; anything unexpected makes it `isLost` for good. */
class Cursor {
  readonly #text: string
  #at = 0
  isLost = false
  value = 0

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

  /** A plain decimal in quotes, and the comma behind it. Its value, read on the way, is left in `value`. */
  decimal(): string {
    this.expect(QUOTE)
    const text = this.#text
    const start = this.#at
    let [at, value, dot] = [start, 0, -1]
    for (; ; at += 1) {
      const code = text.charCodeAt(at)
      if (code >= ZERO && code <= NINE) value = value * 10 + (code - ZERO)
      else if (code === DOT && dot < 0) dot = at
      else break
    }
    const found = text.slice(start, at)
    const isPlain = at > start && at - start <= LONGEST_DECIMAL && dot !== start && dot !== at - 1
    if (!isPlain) this.isLost = true
    // More digits than a double holds are read once more, with care.
    this.value =
      at - start > MOST_DIGITS ? toNumber(found) : dot < 0 ? value : value / (POWERS[at - dot - 1] ?? 1)
    this.#at = at
    this.expect(QUOTE)
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
  const values: CandleValues = {
    open: 0,
    high: 0,
    low: 0,
    close: 0,
    volume: 0,
    quote: 0,
    taker: 0,
    takerQuote: 0,
  }
  cursor.expect(OPEN)
  do {
    const candle = scanKline(cursor, values)
    if (cursor.isLost || candle.ts % MINUTE !== 0 || !isPlausibleTime(candle.ts)) return undefined
    if (findFault(candle, values) !== undefined) return undefined
    rows.push(candle)
  } while (cursor.passes(COMMA))
  cursor.expect(CLOSE)
  return cursor.isLost || !cursor.isAtEnd ? undefined : { rows, rejected: [], count: rows.length }
}

/** Fills `values` with those of the candle. */
function scanKline(cursor: Cursor, values: CandleValues): Candle {
  cursor.expect(OPEN)
  const ts = cursor.wholeNumber()
  cursor.expect(COMMA)
  const open = cursor.decimal()
  values.open = cursor.value
  const high = cursor.decimal()
  values.high = cursor.value
  const low = cursor.decimal()
  values.low = cursor.value
  const close = cursor.decimal()
  values.close = cursor.value
  const volume = cursor.decimal()
  values.volume = cursor.value
  // The end of the minute, or another slot stands here.
  if (cursor.wholeNumber() !== ts + MINUTE - 1) cursor.isLost = true
  cursor.expect(COMMA)
  const quoteVolume = cursor.decimal()
  values.quote = cursor.value
  const trades = cursor.wholeNumber()
  cursor.expect(COMMA)
  const takerBuyVolume = cursor.decimal()
  values.taker = cursor.value
  const takerBuyQuoteVolume = cursor.decimal()
  values.takerQuote = cursor.value
  // The last slot is unused, but it must be the last.
  cursor.expect(QUOTE)
  cursor.skipDigits()
  cursor.expect(QUOTE)
  cursor.expect(CLOSE)
  return { ts, open, high, low, close, volume, quoteVolume, trades, takerBuyVolume, takerBuyQuoteVolume }
}
