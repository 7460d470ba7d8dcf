import { MINUTE } from '../../../lib/model/window.ts'
import type { VenueClock } from '../../core/clock.ts'
import type { StreamSource } from '../../core/stream/frame.ts'
import type { StreamFaults } from '../../core/stream/stream-faults.ts'
import { STREAM_LIMITS, type StreamLimits } from '../../core/stream/stream-options.ts'
import { StreamServer } from '../../core/stream/stream-server.ts'
import type { BinanceMarket } from '../market.ts'
import { createContractFrames } from './contract-frames.ts'
import { KlineFrames } from './kline-frames.ts'
import { MarkFrames } from './mark-frames.ts'
import type { StreamOptions } from './options.ts'
import { OrderFrames } from './order-frames.ts'
import { STREAM_PROTOCOL } from './protocol.ts'
import type { ShownOrders } from './shown-orders.ts'
import { createTopicIndex } from './topic-index.ts'

export interface StreamScene {
  readonly market: BinanceMarket
  readonly clock: VenueClock
  readonly faults: StreamFaults
  readonly shownOrders: ShownOrders
  readonly hasLimits: boolean
}

const DEFAULT_PUSH_MS = 250
const DEFAULT_CLOSE_DELAY_MS = 100
/** Real time between two looks at the clock: no candle is told more often, no frame is later than this. */
const [SHORTEST_TICK, LONGEST_TICK] = [20, 50]

/** The live stream of a market, to be put on the upgrade requests of its server. */
export function createBinanceStream(scene: StreamScene, options: StreamOptions): StreamServer {
  const { clock, faults, hasLimits } = scene
  const pushMs = options.klinePushMs ?? DEFAULT_PUSH_MS
  const tickMs = clock.rate > 0 ? pushMs / clock.rate : LONGEST_TICK
  return new StreamServer({
    protocol: STREAM_PROTOCOL,
    source: createSource(scene, options, pushMs),
    clock,
    faults,
    limits: readLimits(options),
    isEnforced: hasLimits,
    tickMs: Math.min(LONGEST_TICK, Math.max(SHORTEST_TICK, tickMs)),
  })
}

function readLimits(options: StreamOptions): StreamLimits {
  const { messagesPerSecond, maxStreams, maxAgeMs, pingEveryMs, pongWithinMs } = {
    ...STREAM_LIMITS,
    ...options,
  }
  return { messagesPerSecond, maxStreams, maxAgeMs, pingEveryMs, pongWithinMs }
}

function createSource(
  { market, shownOrders }: StreamScene,
  options: StreamOptions,
  pushMs: number,
): StreamSource {
  const topicsOf = createTopicIndex()
  const klines = new KlineFrames(market, {
    pushMs,
    closeDelayMs: Math.min(options.closeDelayMs ?? DEFAULT_CLOSE_DELAY_MS, MINUTE - 1),
    closesQuietMinutes: options.closesQuietMinutes ?? true,
  })
  const orders = new OrderFrames(market, shownOrders, options.forceOrderTags ?? 'inside')
  const marks = new MarkFrames(market)
  const contracts = createContractFrames(market)
  return {
    frames: (stretch, wanted) => {
      const topics = topicsOf(wanted)
      return [
        ...contracts(stretch, topics.contract ?? []),
        ...orders.frames(stretch, topics.order ?? []),
        ...klines.frames(stretch, topics.kline ?? []),
        ...marks.frames(stretch, topics.mark ?? []),
      ]
    },
  }
}
