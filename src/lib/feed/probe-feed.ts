import type { Clock } from '../time/clock.ts'
import type { Feed } from '../venue/feed.ts'
import type { FeedEvent } from './events.ts'
import { FeedClient } from './feed-client.ts'
import type { FeedWay } from './open-feed-ways.ts'

export interface FeedProbeOptions {
  readonly feed: Feed
  readonly way: FeedWay
  readonly clock: Clock
  readonly handshakeTimeoutMs: number
  /** So long an open connection may be without data. */
  readonly stallMs: number
  readonly signal: AbortSignal
}

export type FeedProbe =
  /** Data have come, so long after the beginning. */
  | { readonly isUp: true; readonly ms: number }
  /** `code`: of the closing, or the HTTP status where the handshake was refused. */
  | { readonly isUp: false; readonly reason: string; readonly code: number | undefined }

/** Connects through one way as a stream does, waits for the first data or the first failure, and leaves. */
export async function probeFeed(options: FeedProbeOptions): Promise<FeedProbe> {
  const { feed, way, clock, handshakeTimeoutMs, stallMs, signal } = options
  const { promise, resolve, reject } = Promise.withResolvers<FeedProbe>()
  const startedAt = clock.now()
  let unreadable = ''
  const onEvent = (event: FeedEvent): void => {
    if (event.type === 'up') resolve({ isUp: true, ms: clock.now() - startedAt })
    else if (event.type === 'refused') resolve({ isUp: false, reason: event.error, code: undefined })
    else if (event.type === 'bad-frame') unreadable = `; what came cannot be read (${event.reason})`
    else if (event.type === 'down') {
      resolve({ isUp: false, reason: event.reason + unreadable, code: event.code })
    }
  }
  const onAbort = (): void => reject(signal.reason)
  signal.throwIfAborted()
  signal.addEventListener('abort', onAbort, { once: true })
  await using client = new FeedClient({
    feed,
    ways: [way],
    clock,
    handshakeTimeoutMs,
    stallMs,
    onMessage: () => {},
    onEvent,
  })
  client.setSymbols([feed.probeSymbol])
  try {
    return await promise
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
