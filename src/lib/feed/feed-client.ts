import { SECOND } from '../model/window.ts'
import { type Clock, systemClock } from '../time/clock.ts'
import type { Feed } from '../venue/feed.ts'
import { BadFrames } from './bad-frames.ts'
import type { ConnectionState, FeedEvent, OnFeedEvent, OnFeedMessage } from './events.ts'
import type { FeedConnection } from './feed-connection.ts'
import { FeedLine, type LineOptions } from './feed-line.ts'
import type { FeedWay } from './open-feed-ways.ts'
import { planLines } from './plan-lines.ts'
import { WayBook } from './way-book.ts'

export interface FeedClientOptions {
  readonly feed: Feed
  /** At least one; see `openFeedWays`. */
  readonly ways: readonly FeedWay[]
  readonly onMessage: OnFeedMessage
  readonly onEvent: OnFeedEvent
  readonly clock?: Clock
  /** From 0 to below 1. */
  readonly random?: () => number
  /** A connection without data for so long is lost, whatever else it says. Default 15 s. */
  readonly stallMs?: number
  /** Default 10 s. */
  readonly handshakeTimeoutMs?: number
  /** A connection of this age is replaced without a gap. Default: 23/24 of what the venue allows. */
  readonly renewAfterMs?: number
  /** Between two tries to connect. Default 30 s. */
  readonly longestPauseMs?: number
  /** Numbers for the connections, which count up. Default: from 1 on. */
  readonly nextNumber?: () => number
}

/** From 1 on. */
export function createCounter(): () => number {
  let last = 0
  return () => {
    last += 1
    return last
  }
}

/** The venue ends a connection of a day; the last hour is left for finding another one. */
const SHARE_OF_AGE = 23 / 24

/**
 * A venue's live feed over as many connections as its symbols need, kept alive for ever: what is lost is opened again,
 * through another way if need be, and what grows old is replaced while it still delivers, so that around a replacement
 * the same message may come twice. Nothing is queued here: while `onMessage` works the sockets wait. What `onMessage` or
 * `onEvent` throws is a bug and not caught.
 */
export class FeedClient implements AsyncDisposable {
  readonly #feed: Feed
  readonly #options: LineOptions
  readonly #onEvent: OnFeedEvent
  readonly #closing = new AbortController()
  /** Their ends, of those too that are over and not gone yet. */
  readonly #remains = new Set<Promise<void>>()
  #plan: string[][] = []
  #lines: (FeedLine | undefined)[] = []

  constructor(options: FeedClientOptions) {
    const { feed, clock = systemClock } = options
    const tell = (event: FeedEvent): void => this.#tell(event)
    const badFrames = new BadFrames(clock, this.#closing.signal, tell)
    this.#feed = feed
    this.#onEvent = options.onEvent
    this.#options = {
      feed,
      clock,
      tell,
      random: options.random ?? Math.random,
      ways: new WayBook(options.ways, clock),
      stallMs: options.stallMs ?? 15 * SECOND,
      handshakeTimeoutMs: options.handshakeTimeoutMs ?? 10 * SECOND,
      longestPauseMs: options.longestPauseMs ?? 30 * SECOND,
      renewAfterMs: options.renewAfterMs ?? feed.maxAgeMs * SHARE_OF_AGE,
      hooks: {
        onMessage: options.onMessage,
        onBadFrame: (frame, reason) => badFrames.note(frame, reason),
      },
      nextNumber: options.nextNumber ?? createCounter(),
      track: (connection) => this.#track(connection),
    }
  }

  /** The connections in the order of what they carry; both of a pair while one replaces the other. */
  get connections(): readonly ConnectionState[] {
    return this.#lines.flatMap((line) => line?.states ?? [])
  }

  /**
   * What is to be heard of from now on, in place of what was: only the difference is said to the venue. Without symbols
   * there is no connection, not even for the common streams, whose silence would tell nothing.
   */
  setSymbols(symbols: Iterable<string>): void {
    if (this.#closing.signal.aborted) return
    const before = this.#plan
    const plan = planLines(this.#feed, symbols, before)
    this.#plan = plan
    for (let at = 0; at < Math.max(plan.length, before.length); at += 1) {
      const line = plan[at] ?? []
      const isSame =
        line.length === before[at]?.length && line.every((one, index) => one === before[at]?.[index])
      if (!isSame) this.#setLine(at, line)
    }
  }

  /** Ends and begins the subscriptions of one symbol, where it alone has fallen silent. False if it is not carried. */
  renew(symbol: string): boolean {
    const line = this.#lines[this.#plan.findIndex((symbols) => symbols.includes(symbol))]
    line?.renew(this.#feed.streamsOf(symbol))
    return line !== undefined
  }

  /** Ends everything at once; after the call no message and no event comes any more. */
  async close(): Promise<void> {
    this.#closing.abort()
    for (const line of this.#lines) line?.close()
    this.#lines = []
    await Promise.all(this.#remains)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #setLine(at: number, symbols: readonly string[]): void {
    const common = at === 0 ? this.#feed.commonStreams : []
    const streams = [...common, ...symbols.flatMap((symbol) => this.#feed.streamsOf(symbol))]
    const line = this.#lines[at]
    if (symbols.length === 0) {
      this.#lines[at] = undefined
      line?.close()
    } else if (line) line.setStreams(streams)
    else this.#lines[at] = new FeedLine(at === 0, streams, this.#options)
  }

  #track(connection: FeedConnection): void {
    const gone = connection.closed.finally(() => this.#remains.delete(gone))
    this.#remains.add(gone)
  }

  #tell(event: FeedEvent): void {
    if (!this.#closing.signal.aborted) this.#onEvent(event)
  }
}
