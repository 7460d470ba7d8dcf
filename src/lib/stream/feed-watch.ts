import type { RunEventBus } from '../events.ts'
import type { FeedEvent } from '../feed/events.ts'
import type { Disconnects } from './disconnects.ts'
import type { ObservedTime } from './observed-time.ts'

export interface FeedWatchOptions {
  readonly events: RunEventBus
  readonly observed: ObservedTime
  readonly disconnects: Disconnects
  readonly venueNow: () => number
}

type Down = FeedEvent & { readonly type: 'down' }
type BadFrame = FeedEvent & { readonly type: 'bad-frame' }
type Refused = FeedEvent & { readonly type: 'refused' }

/** Writes down what becomes of the connections of a feed: when it was seen, when not, and why. */
export class FeedWatch {
  readonly #options: FeedWatchOptions

  constructor(options: FeedWatchOptions) {
    this.#options = options
  }

  note(event: FeedEvent): void {
    const { observed, disconnects, venueNow } = this.#options
    if (event.type === 'up') {
      // By its own data: what is known of the venue's time otherwise may be from before the machine slept.
      const at = event.eventTime ?? venueNow()
      if (event.hasCommon) observed.begin(event.connection, at)
      disconnects.end(event.streams, at)
    } else if (event.type === 'down') this.#noteDown(event)
    else if (event.type === 'bad-frame') this.#noteBadFrame(event)
    else if (event.type === 'refused') this.#noteRefused(event)
  }

  #noteDown({ connection, way, streams, reason, lastEventTime, hasCommon, isLoss, wasUp }: Down): void {
    const { observed, disconnects, venueNow, events } = this.#options
    const from = lastEventTime ?? venueNow()
    if (hasCommon) observed.end(connection, from)
    if (isLoss && wasUp) disconnects.begin({ connection, way, streams, reason, from })
    else if (isLoss) {
      events.emit('note', { message: `the feed cannot be reached: ${reason}; it is tried again and again` })
      events.emit('failure', {
        type: 'connect_failed',
        message: `connection ${connection} did not come up: ${reason}`,
        details: { connection, lane: way, streams: streams.length, reason },
        severity: 'warning',
      })
    }
  }

  #noteBadFrame({ count, reason, sample }: BadFrame): void {
    this.#options.events.emit('failure', {
      type: 'bad_frame',
      message: `${count === 1 ? 'a frame' : `${count} frames`} of the feed could not be read: ${reason}`,
      details: { sample, reason, count },
      severity: 'warning',
    })
  }

  #noteRefused({ connection, streams, error }: Refused): void {
    this.#options.events.emit('failure', {
      type: 'refused_message',
      message: `the feed refused a message: ${error}`,
      details: { connection, streams: streams.slice(0, 20), error },
      severity: 'warning',
    })
  }
}
