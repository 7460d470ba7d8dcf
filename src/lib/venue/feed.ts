import type { Candle, LiquidationOrder } from '../model/market.ts'

/**
 * Something that a live feed says. Times are the venue's, milliseconds since the epoch; `eventTime` is undefined where a
 * frame does not tell when it was sent.
 */
export type FeedMessage =
  /** `candle` only where the minute is closed: before that nothing of it is final. */
  | {
      readonly kind: 'candle'
      readonly symbol: string
      readonly eventTime: number | undefined
      readonly openTime: number
      readonly candle: Candle | undefined
      /** Of the last trade so far; undefined where it is no number. */
      readonly price: string | undefined
    }
  | {
      readonly kind: 'liquidation'
      readonly symbol: string
      readonly eventTime: number | undefined
      readonly order: LiquidationOrder
    }
  /** When funding is settled next. */
  | {
      readonly kind: 'funding'
      readonly symbol: string
      readonly eventTime: number | undefined
      readonly nextFundingTime: number
    }
  /** A contract was listed, or its standing has changed. */
  | { readonly kind: 'listing'; readonly symbol: string; readonly eventTime: number | undefined }
  /**
   * Answer to the message with this id, or to what a message said of this stream; without both where the venue could not
   * read the message.
   */
  | {
      readonly kind: 'reply'
      readonly id: number | null
      readonly stream?: string
      readonly error: string | undefined
    }
  /** Answer to `keepAlive`: it says nothing of whether data come. */
  | { readonly kind: 'pong' }
  /** Well formed and of no interest, for example a contract of another kind in a common stream. */
  | { readonly kind: 'other'; readonly eventTime: number | undefined }

/** One address of a venue's live interface, as data and pure functions: where to connect, what to say, how to read what comes. */
export interface Feed {
  /** As users know it, for messages. */
  readonly host: string
  readonly url: string
  /** Streams that one connection carries at most. */
  readonly maxStreams: number
  /** Messages that one connection may send in a second. */
  readonly messagesPerSecond: number
  /** Streams that one message subscribes to at most. */
  readonly subscribeBatch: number
  /** The venue ends a connection of this age. */
  readonly maxAgeMs: number
  /** What is to be said so often lest the venue ends a connection; without it the pings of the protocol do. */
  readonly keepAlive?: { readonly everyMs: number; readonly text: string }
  /** Streams that tell of all symbols together. */
  readonly commonStreams: readonly string[]
  /** Of this symbol something is told every few seconds around the clock: its silence is that of the connection. */
  readonly probeSymbol: string
  streamsOf(symbol: string): readonly string[]
  subscribe(streams: readonly string[], id: number): string
  unsubscribe(streams: readonly string[], id: number): string
  /** One message, or all that a frame holds. Throws `PayloadError` where it is not what the venue promises. */
  parse(frame: Buffer): FeedMessage | readonly FeedMessage[]
}
