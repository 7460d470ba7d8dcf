import { isPlausibleTime } from '../../../lib/http/plausible-time.ts'
import { DAY, MINUTE } from '../../../lib/model/window.ts'
import type { FeedMessage } from '../../../lib/venue/feed.ts'
import { isName } from '../../../lib/venue/read-payload.ts'
import { readPrice } from './read-event.ts'

const [QUOTE, BACKSLASH, SPACE, MINUS, ZERO, NINE] = [0x22, 0x5c, 0x20, 0x2d, 0x30, 0x39]
/** Digits of the longest number that is exact. */
const MOST_DIGITS = 15

const literal = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))

/** The frame as the venue writes it, cut at the values. */
const ENVELOPE = literal('{"stream":"')
const DATA = literal('","data":')
const EVENT_TIME = literal('{"e":"kline","E":')
const SYMBOL = literal(',"s":"')
const OPEN_TIME = literal('","k":{"t":')
const CLOSE_TIME = literal(',"T":')
const FIRST_TRADE = literal('","i":"1m","f":')
const LAST_TRADE = literal(',"L":')
const OPEN = literal(',"o":"')
const LAST = literal('","c":"')
const HIGH_TO_VOLUME = ['","h":"', '","l":"', '","v":"'].map(literal)
const TRADES = literal('","n":')
const STILL_OPEN = literal(',"x":false')
const VOLUMES = [',"q":"', '","V":"', '","Q":"', '","B":"'].map(literal)
const END = literal('"}}')
const END_OF_KIND = literal('"},"st":1}')
const END_OF_ENVELOPE = literal('}')

/** Goes through the frame once; anything unexpected makes it `isLost` for good. */
class Cursor {
  readonly #frame: Buffer
  at = 0
  isLost = false

  constructor(frame: Buffer) {
    this.#frame = frame
  }

  get isAtEnd(): boolean {
    return this.at === this.#frame.length
  }

  /** Whether these bytes come next; only then they are passed. */
  passes(expected: Uint8Array): boolean {
    const { length } = expected
    for (let index = 0; index < length; index += 1) {
      if (this.#frame[this.at + index] !== expected[index]) return false
    }
    this.at += length
    return true
  }

  expect(expected: Uint8Array): void {
    if (!this.passes(expected)) this.isLost = true
  }

  /** The bytes of `[from, to)` once more. */
  expectAgain(from: number, to: number): void {
    for (let index = from; index < to; index += 1, this.at += 1) {
      if (this.#frame[this.at] !== this.#frame[index]) this.isLost = true
    }
  }

  wholeNumber(): number {
    const start = this.at
    let value = 0
    let byte = this.#byte()
    while (byte >= ZERO && byte <= NINE) {
      value = value * 10 + byte - ZERO
      this.at += 1
      byte = this.#byte()
    }
    const digits = this.at - start
    // JSON knows no zero in front of another digit.
    const isPadded = digits > 1 && this.#frame[start] === ZERO
    if (digits === 0 || digits > MOST_DIGITS || isPadded) this.isLost = true
    return value
  }

  /** A trade's number, -1 where there was none. */
  skipTrade(): void {
    if (this.#byte() === MINUS) this.at += 1
    this.wholeNumber()
  }

  /** Up to the next quote; a text with an escape is left to JSON. */
  skipText(): void {
    let byte = this.#byte()
    while (byte !== QUOTE) {
      if (byte < SPACE || byte === BACKSLASH) {
        this.isLost = true
        return
      }
      this.at += 1
      byte = this.#byte()
    }
  }

  /** -1 behind the end. */
  #byte(): number {
    return this.#frame[this.at] ?? -1
  }
}

/**
 * A candle whose minute is not over, straight from the bytes of a frame in exactly the form in which the venue sends it:
 * nearly all frames are such, and of them only whose and when it is matters. Anything else is undefined and left to the
 * full parser, which knows what to say of it.
 */
export function scanOpenCandle(frame: Buffer): FeedMessage | undefined {
  const cursor = new Cursor(frame)
  const hasEnvelope = cursor.passes(ENVELOPE)
  if (hasEnvelope) {
    cursor.skipText()
    cursor.expect(DATA)
  }
  cursor.expect(EVENT_TIME)
  const eventTime = cursor.wholeNumber()
  cursor.expect(SYMBOL)
  const from = cursor.at
  cursor.skipText()
  const to = cursor.at
  cursor.expect(OPEN_TIME)
  if (cursor.isLost || to === from) return undefined
  const openTime = cursor.wholeNumber()
  cursor.expect(CLOSE_TIME)
  if (cursor.wholeNumber() !== openTime + MINUTE - 1) return undefined
  cursor.expect(SYMBOL)
  cursor.expectAgain(from, to)
  const price = scanFigures(cursor, frame)
  if (!cursor.passes(END)) cursor.expect(END_OF_KIND)
  if (hasEnvelope) cursor.expect(END_OF_ENVELOPE)
  if (cursor.isLost || !cursor.isAtEnd || openTime % MINUTE !== 0) return undefined
  const isNow = eventTime >= openTime && eventTime < openTime + DAY
  const symbol = frame.toString('utf8', from, to)
  if (!isNow || !isPlausibleTime(eventTime) || !isPlausibleTime(openTime) || !isName(symbol)) return undefined
  return { kind: 'candle', symbol, eventTime, openTime, candle: undefined, price }
}

/** Goes past all figures; of them the price of the last trade is kept, to be looked at. */
function scanFigures(cursor: Cursor, frame: Buffer): string | undefined {
  cursor.expect(FIRST_TRADE)
  cursor.skipTrade()
  cursor.expect(LAST_TRADE)
  cursor.skipTrade()
  skipTexts(cursor, [OPEN])
  cursor.expect(LAST)
  const from = cursor.at
  cursor.skipText()
  const price = readPrice(frame.toString('latin1', from, cursor.at))
  skipTexts(cursor, HIGH_TO_VOLUME)
  cursor.expect(TRADES)
  cursor.wholeNumber()
  cursor.expect(STILL_OPEN)
  skipTexts(cursor, VOLUMES)
  return price
}

function skipTexts(cursor: Cursor, names: readonly Uint8Array[]): void {
  for (const name of names) {
    cursor.expect(name)
    cursor.skipText()
  }
}
