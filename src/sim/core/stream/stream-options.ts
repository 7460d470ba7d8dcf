import { DAY, MINUTE } from '../../../lib/model/window.ts'

/** The limits of a live stream; the defaults are Binance's. */
export interface StreamLimits {
  /** Incoming messages in any real second, pings and pongs too; one more closes the connection. */
  readonly messagesPerSecond: number
  /** Streams of one connection. */
  readonly maxStreams: number
  /** Venue time after which a connection is closed. */
  readonly maxAgeMs: number
  /** Real time between the server's pings. */
  readonly pingEveryMs: number
  /** Real time without a pong after which a connection is closed. */
  readonly pongWithinMs: number
}

export const STREAM_LIMITS: StreamLimits = {
  messagesPerSecond: 10,
  maxStreams: 1_024,
  maxAgeMs: DAY,
  pingEveryMs: 3 * MINUTE,
  pongWithinMs: 10 * MINUTE,
}
