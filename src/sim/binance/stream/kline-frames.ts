import { ceilTo, floorTo, MINUTE } from '../../../lib/model/window.ts'
import type { StreamFrame, Stretch } from '../../core/stream/frame.ts'
import type { KlineRow } from '../kline-row.ts'
import type { BinanceMarket } from '../market.ts'
import { createPartial } from '../partial-kline.ts'
import type { StreamTopic } from './names.ts'

export interface KlineFramesOptions {
  readonly pushMs: number
  readonly closeDelayMs: number
  readonly closesQuietMinutes: boolean
}

/** Trades have numbers that grow by at most so many in a minute, from this minute on. */
const TRADES_PER_MINUTE = 1_000_000
const FIRST_MINUTE = 22_000_000
/** A stale candle is that of the middle of its minute. */
const MIDDLE = 0.5

/** The candles of one minute: one closed frame for each past one, the running one as REST tells it. */
export class KlineFrames {
  readonly #market: BinanceMarket
  readonly #options: KlineFramesOptions
  /** Rows of the running minute, whole. */
  readonly #rows = new Map<string, KlineRow | undefined>()
  #minute = 0
  #lastPush = 0

  constructor(market: BinanceMarket, options: KlineFramesOptions) {
    this.#market = market
    this.#options = options
  }

  frames(stretch: Stretch, topics: readonly StreamTopic[]): StreamFrame[] {
    if (topics.length === 0) return []
    return [...this.#closes(stretch, topics), ...this.#running(stretch.upTo, topics)]
  }

  #closes({ after, upTo }: Stretch, topics: readonly StreamTopic[]): StreamFrame[] {
    const { closeDelayMs, closesQuietMinutes } = this.#options
    const frames: StreamFrame[] = []
    const first = ceilTo(after - closeDelayMs + 1, MINUTE)
    for (let end = first; end <= upTo - closeDelayMs; end += MINUTE) {
      for (const { name, symbol } of topics) {
        const at = end + closeDelayMs
        const row = symbol === null ? undefined : this.#market.klines.minute(symbol, end - MINUTE, at)
        if (!row || symbol === null || (row[8] === 0 && !closesQuietMinutes)) continue
        frames.push(createClose(name, symbol, row, at))
      }
    }
    return frames
  }

  #running(now: number, topics: readonly StreamTopic[]): StreamFrame[] {
    const { pushMs, closeDelayMs, closesQuietMinutes } = this.#options
    const openMinute = floorTo(now, MINUTE)
    // A candle that has begun is not told before the one that has ended.
    if (now - openMinute <= closeDelayMs || floorTo(now, pushMs) <= this.#lastPush) return []
    this.#lastPush = floorTo(now, pushMs)
    const fraction = (now - openMinute) / MINUTE
    const frames: StreamFrame[] = []
    for (const { name, symbol } of topics) {
      const row = symbol === null ? undefined : this.#rowOf(symbol, openMinute, now)
      if (!row || symbol === null || (row[8] === 0 && !closesQuietMinutes)) continue
      frames.push({
        at: now,
        stream: name,
        symbol,
        data: render(symbol, createPartial(row, fraction), now, false),
      })
    }
    return frames
  }

  #rowOf(symbol: string, openMinute: number, now: number): KlineRow | undefined {
    if (this.#minute !== openMinute) this.#rows.clear()
    this.#minute = openMinute
    if (!this.#rows.has(symbol)) this.#rows.set(symbol, this.#market.klines.minute(symbol, openMinute, now))
    return this.#rows.get(symbol)
  }
}

function createClose(stream: string, symbol: string, row: KlineRow, at: number): StreamFrame {
  const close = {
    openTime: row[0],
    late: (time: number) => render(symbol, row, time, true),
    wrong: () => render(symbol, falsify(row), at, true),
    stale: () => render(symbol, createPartial(row, MIDDLE), row[0] + MINUTE * MIDDLE, false),
  }
  return { at, stream, symbol, data: render(symbol, row, at, true), close }
}

/** One trade more, and a close at the low. */
function falsify(row: KlineRow): KlineRow {
  const wrong: KlineRow = [...row]
  wrong[4] = row[3]
  wrong[8] = row[8] + 1
  return wrong
}

function render(symbol: string, row: KlineRow, eventTime: number, isClosed: boolean): string {
  const [openTime, open, high, low, close, volume, closeTime, quote, trades, taker, takerQuote] = row
  const first = (openTime / MINUTE - FIRST_MINUTE) * TRADES_PER_MINUTE
  const [from, to] = trades === 0 ? [-1, -1] : [first, first + trades - 1]
  return (
    `{"e":"kline","E":${eventTime},"s":"${symbol}","k":{"t":${openTime},"T":${closeTime},"s":"${symbol}","i":"1m",` +
    `"f":${from},"L":${to},"o":"${open}","c":"${close}","h":"${high}","l":"${low}","v":"${volume}","n":${trades},` +
    `"x":${isClosed},"q":"${quote}","V":"${taker}","Q":"${takerQuote}","B":"0"}}`
  )
}
