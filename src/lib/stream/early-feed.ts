import type { FeedEvent, OnFeedEvent, OnFeedMessage } from '../feed/events.ts'
import type { FeedMessage } from '../venue/feed.ts'
import type { LiveFeed } from './live-stream-options.ts'

/** So much is kept while nobody can use it: what comes after is worth more. */
const MOST_KEPT = 50_000

type Kept = { readonly message: FeedMessage; readonly receivedAt: number } | { readonly event: FeedEvent }

/**
 * A feed that is open while the venue has not yet answered what a stream has to know first: its questions may have to
 * wait for a budget, and a minute that is not heard now has to be asked for later. What comes is kept until it is adopted.
 */
export class EarlyFeed implements AsyncDisposable {
  readonly #feed: LiveFeed
  #kept: Kept[] = []
  #since: number | undefined
  #adopted: { readonly onMessage: OnFeedMessage; readonly onEvent: OnFeedEvent } | undefined

  constructor(
    open: (onMessage: OnFeedMessage, onEvent: OnFeedEvent) => LiveFeed,
    symbols: readonly string[],
  ) {
    this.#feed = open(
      (message, receivedAt) => this.#take(message, receivedAt),
      (event) => this.#note(event),
    )
    this.#feed.setSymbols(symbols)
  }

  /** The venue's time of the first that is kept; undefined before. */
  get since(): number | undefined {
    return this.#since
  }

  /** From now on all of it is the caller's: what was kept is told first, in its order. */
  adopt(onMessage: OnFeedMessage, onEvent: OnFeedEvent): LiveFeed {
    this.#adopted = { onMessage, onEvent }
    const kept = this.#kept
    this.#kept = []
    for (const one of kept) {
      if ('event' in one) onEvent(one.event)
      else onMessage(one.message, one.receivedAt)
    }
    return this.#feed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Whoever has adopted it ends it.
    if (!this.#adopted) await this.#feed.close()
  }

  #take(message: FeedMessage, receivedAt: number): void {
    if (this.#adopted) {
      this.#adopted.onMessage(message, receivedAt)
      return
    }
    // Of a minute that is not over nothing is of use later.
    const eventTime = 'eventTime' in message ? message.eventTime : undefined
    const isPassing =
      message.kind === 'other' || message.kind === 'pong' || (message.kind === 'candle' && !message.candle)
    this.#since ??= eventTime
    if (isPassing) return
    if (this.#kept.length >= MOST_KEPT) {
      this.#kept = this.#kept.filter((one) => 'event' in one)
      this.#since = eventTime
    }
    this.#kept.push({ message, receivedAt })
  }

  #note(event: FeedEvent): void {
    if (this.#adopted) this.#adopted.onEvent(event)
    else this.#kept.push({ event })
  }
}
