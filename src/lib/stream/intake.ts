import { splitCandle } from '../derive/taker/exact.ts'
import type { LiquidationOrder } from '../model/market.ts'
import { DAY, MINUTE, SECOND } from '../model/window.ts'
import type { FeedMessage } from '../venue/feed.ts'
import type { LiveSymbols } from './live-symbols.ts'
import type { StreamCommit } from './stream-commit.ts'
import type { Pending } from './stream-writer.ts'
import type { VenueTime } from './venue-time.ts'

/** Orders that are remembered, so that one told over two connections is taken once. */
const REMEMBERED = 20_000
/** A minute that ends later than this after its frame is not over. */
const EARLY = SECOND
/** A frame that is so far ahead of all others is not believed. */
const LEAP = 5 * MINUTE

export interface IntakeOptions {
  readonly symbols: LiveSymbols
  readonly time: VenueTime
  readonly add: (pending: Pending) => void
  readonly onOrder: (ts: number) => void
  readonly onFunding: (symbol: string, nextFundingTime: number) => void
  readonly onListing: () => void
}

/** Turns what a feed says into rows to be written: each closed minute and each order once. */
export class Intake {
  readonly #options: IntakeOptions
  readonly #orders = new Set<string>()
  /** Frames by what became of them. */
  readonly counts = { frames: 0, candles: 0, orders: 0, duplicates: 0, unwanted: 0 }

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  take(message: FeedMessage): void {
    this.counts.frames += 1
    if (message.kind === 'reply' || message.kind === 'pong') return
    if (message.eventTime !== undefined) this.#options.time.observe(message.eventTime)
    const at = message.eventTime ?? this.#options.time.now()
    if (message.kind === 'candle') this.#takeCandle(message, at)
    else if (message.kind === 'liquidation') this.#takeOrder(message, at)
    else if (message.kind === 'funding') this.#takeFunding(message, at)
    else if (message.kind === 'listing') this.#options.onListing()
  }

  #takeFunding({ symbol, nextFundingTime }: FeedMessage & { kind: 'funding' }, eventTime: number): void {
    const live = this.#options.symbols.find(symbol)
    if (!live) return
    live.heardAt = eventTime
    this.#options.onFunding(symbol, nextFundingTime)
  }

  #takeCandle(
    { symbol, openTime, candle, price }: FeedMessage & { kind: 'candle' },
    eventTime: number,
  ): void {
    const live = this.#options.symbols.find(symbol)
    if (live) {
      live.heardAt = eventTime
      live.price = price ?? live.price
    }
    if (!candle) return
    const book = live?.book
    const isOver = openTime % MINUTE === 0 && openTime + MINUTE <= eventTime + EARLY
    const isNow = eventTime <= this.#options.time.now() + LEAP
    if (!book || !isOver || !isNow) this.counts.unwanted += 1
    else if (!book.receive(openTime)) this.counts.duplicates += 1
    else {
      this.counts.candles += 1
      const covered = [{ from: openTime, to: openTime + MINUTE }]
      const flow = splitCandle(candle)
      this.#add({ symbol, dataset: 'ohlcv', rows: [candle], covered, yields: true }, eventTime)
      if (flow) this.#add({ symbol, dataset: 'tv', rows: [flow], covered, yields: true }, eventTime)
    }
  }

  #takeOrder({ symbol, order }: FeedMessage & { kind: 'liquidation' }, eventTime: number): void {
    // A time that cannot be is not one to be stored by.
    if (!this.#options.symbols.find(symbol) || Math.abs(order.ts - eventTime) > DAY) {
      this.counts.unwanted += 1
      return
    }
    if (!this.#isNew(symbol, order)) {
      this.counts.duplicates += 1
      return
    }
    this.counts.orders += 1
    this.#add({ symbol, dataset: 'lqo', rows: [order], covered: [], yields: true }, eventTime)
    this.#options.onOrder(order.ts)
  }

  #isNew(symbol: string, { ts, positionSide, price, quantity }: LiquidationOrder): boolean {
    const key = `${symbol} ${ts} ${positionSide} ${price} ${quantity}`
    if (this.#orders.has(key)) return false
    this.#orders.add(key)
    if (this.#orders.size > REMEMBERED)
      for (const oldest of this.#orders.values().take(REMEMBERED / 2)) this.#orders.delete(oldest)
    return true
  }

  #add(commit: StreamCommit, eventTime: number): void {
    this.#options.add({ commit, eventTime })
  }
}
