import type { StreamConnection } from './connection.ts'
import type { StreamHub } from './hub.ts'
import type { StreamSession } from './protocol.ts'
import type { StreamCounter } from './stream-stats.ts'

interface SessionParts {
  readonly hub: StreamHub
  readonly counter: StreamCounter
  readonly maxStreams: number
}

/** A connection as its own messages may change it. */
export function createSession(
  connection: StreamConnection,
  { hub, counter, maxStreams }: SessionParts,
): StreamSession {
  return {
    streams: connection.streams,
    get isCombined() {
      return connection.isCombined
    },
    set isCombined(value) {
      connection.isCombined = value
    },
    subscribe: (names) => {
      const isTooMany = connection.streams.union(new Set(names)).size > maxStreams
      if (isTooMany) counter.violations.streams += 1
      else hub.add(connection, names)
      return !isTooMany
    },
    unsubscribe: (names) => hub.drop(connection, names),
    countInvalid: () => {
      counter.violations.invalid += 1
    },
  }
}
