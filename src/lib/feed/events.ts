import type { FeedMessage } from '../venue/feed.ts'

/** Which connection an event is about. */
interface About {
  /** Counts up over the life of a client: a connection that replaces another has a number of its own. */
  readonly connection: number
  /** The name of the way out. */
  readonly way: string
  /** Names of the streams that it is subscribed to. */
  readonly streams: readonly string[]
  /** Whether all streams that tell of all symbols are among them. */
  readonly hasCommon: boolean
}

/** What becomes of the connections of a feed. Local times are those of the client's clock, in milliseconds. */
export type FeedEvent =
  /** Every subscription is confirmed and data have come since: a confirmation alone proves nothing. */
  | ({
      readonly type: 'up'
      /** The venue's time of its first data since then. */
      readonly eventTime: number | undefined
    } & About)
  /** Streams were added to or taken from a connection that is up, and the venue has confirmed it. */
  | ({ readonly type: 'changed' } & About)
  | ({
      readonly type: 'down'
      /** In words for a user, without credentials. */
      readonly reason: string
      /** Of the closing, 1006 where the connection broke off; the HTTP status where the handshake was refused. */
      readonly code: number | undefined
      /** When its last data came; when it was opened, where none did. */
      readonly since: number
      /** The venue's time of its last data. */
      readonly lastEventTime: number | undefined
      /** Whether `up` was told of it. */
      readonly wasUp: boolean
      /** False where it was replaced by one that is up, or is not needed any more. */
      readonly isLoss: boolean
    } & About)
  /** After the loss of `connection` another try follows in `waitMs`, through `way`. */
  | {
      readonly type: 'retry'
      readonly connection: number
      readonly way: string
      readonly attempt: number
      readonly waitMs: number
      readonly reason: string
    }
  /** Frames that cannot be read: the first is told at once, then every ten seconds how many more there were. */
  | {
      readonly type: 'bad-frame'
      readonly sample: string
      readonly reason: string
      readonly count: number
    }
  /** The venue refused a message; `streams` are what it was about, where that is known. */
  | {
      readonly type: 'refused'
      readonly connection: number
      readonly id: number | null
      readonly streams: readonly string[]
      readonly error: string
    }

/** Called for each frame of data, before the next one is read from the socket; `receivedAt` is local. */
export type OnFeedMessage = (message: FeedMessage, receivedAt: number) => void
export type OnFeedEvent = (event: FeedEvent) => void

/** What one connection looks like to a display. */
export interface ConnectionState {
  readonly connection: number
  /** Undefined while it waits for the next try. */
  readonly way: string | undefined
  readonly streams: number
  /** `open`: subscribing, or no data yet; `live`: `up` was told of it. */
  readonly state: 'connecting' | 'open' | 'live' | 'waiting'
  /** Frames of data since it was opened. */
  readonly frames: number
  readonly lastEventTime: number | undefined
}
