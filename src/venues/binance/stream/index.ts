import { PayloadError } from '../../../lib/errors.ts'
import { isBelievable } from '../../../lib/http/plausible-time.ts'
import { DAY } from '../../../lib/model/window.ts'
import type { Feed, FeedMessage } from '../../../lib/venue/feed.ts'
import { parseFrame } from './parse-frame.ts'

/** Market data have a route of their own; on any other the venue confirms subscriptions and then stays silent. */
const PATH = '/market/stream'

interface BinanceFeed extends Feed {
  /** A frame holds one. */
  parse(frame: Buffer): FeedMessage
}

const say = (method: string, params: readonly string[], id: number): string =>
  JSON.stringify({ method, params, id })

/**
 * Binance USD-M futures live (websocket market streams, 2026: 1,024 streams and ten messages a second for a connection,
 * which ends after a day). The mark price comes every three seconds, also of what does not trade: it is how a silent
 * connection is told from a quiet market. It is asked for by symbol, as its common stream brings all of them.
 */
export function createBinanceFeed(wsUrl: string, localNow: () => number = Date.now): BinanceFeed {
  return {
    host: new URL(wsUrl).host,
    url: wsUrl + PATH,
    maxStreams: 1_024,
    messagesPerSecond: 10,
    subscribeBatch: 200,
    maxAgeMs: DAY,
    commonStreams: ['!forceOrder@arr', '!contractInfo'],
    probeSymbol: 'BTCUSDT',
    streamsOf: (symbol) => {
      const name = symbol.toLowerCase()
      return [`${name}@kline_1m`, `${name}@markPrice`]
    },
    subscribe: (streams, id) => say('SUBSCRIBE', streams, id),
    unsubscribe: (streams, id) => say('UNSUBSCRIBE', streams, id),
    parse(frame) {
      const message = parseFrame(frame)
      if (!('eventTime' in message) || message.eventTime === undefined) return message
      if (isBelievable(message.eventTime, localNow())) return message
      throw new PayloadError('frame.E', 'is not a time that a clock can show now', message.eventTime)
    },
  }
}
