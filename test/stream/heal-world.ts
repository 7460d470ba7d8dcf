import { type Failure, RunEventBus } from '../../src/lib/events.ts'
import type { Dataset } from '../../src/lib/model/market.ts'
import { MINUTE } from '../../src/lib/model/window.ts'
import type { HealContext } from '../../src/lib/stream/heal.ts'
import { HealingStore } from '../../src/lib/stream/healing-store.ts'
import { LiveSymbols } from '../../src/lib/stream/live-symbols.ts'
import type { ApiRequest } from '../../src/lib/venue/request.ts'
import { createBinance } from '../../src/venues/binance/index.ts'
import { createFakeClient, MemoryStore } from '../unit/fakes.ts'

export const START = Date.UTC(2026, 1, 1, 7, 30)

/** A venue that answers from what it has, a store in memory, and clocks that stand still until they are set. */
export function createHealWorld() {
  const state = {
    /** Of the venue. */
    now: START,
    /** Local. */
    local: 0,
    /** Minutes after the start of which the venue has no candle. */
    holes: new Set<number>(),
    settlements: [] as number[],
    isDown: undefined as Error | undefined,
  }
  const answer = ({ path, query }: ApiRequest): unknown => {
    if (state.isDown) throw state.isDown
    const [from, to] = [Number(query.startTime), Number(query.endTime)]
    if (path.endsWith('/klines')) return candles(from, Math.min(to, state.now - MINUTE), Number(query.limit))
    if (path.endsWith('/fundingRate'))
      return state.settlements
        .filter((ts) => ts >= from && ts <= to)
        .map((fundingTime) => ({
          symbol: query.symbol,
          fundingTime,
          fundingRate: '0.0001',
          markPrice: '10',
        }))
    throw new Error(`nobody answers ${path}`)
  }
  const candles = (from: number, to: number, limit: number): unknown[] => {
    const rows = []
    for (let ts = Math.ceil(from / MINUTE) * MINUTE; ts <= to && rows.length < limit; ts += MINUTE)
      if (!state.holes.has((ts - START) / MINUTE))
        rows.push([ts, '10', '12', '9', '11', '5', ts + MINUTE - 1, '50', 3, '2', '20', '0'])
    return rows
  }
  const { client, asked } = createFakeClient(answer)
  const store = new MemoryStore()
  const events = new RunEventBus()
  const failures: Failure[] = []
  events.on('failure', (failure) => failures.push(failure))
  const context: HealContext = {
    venue: createBinance({ binanceRestUrl: 'http://127.0.0.1:1' }),
    clientOf: () => client,
    store: new HealingStore(store),
    events,
    clock: { now: () => state.local, sleep: async () => {} },
    signal: new AbortController().signal,
    run: '00000000-0000-4000-8000-000000000001',
    concurrency: 2,
    venueNow: () => state.now,
    readVenueTime: async () => state.now,
  }
  const minutesOf = (symbol: string, dataset: Dataset = 'ohlcv'): number[] =>
    (store.rows.get(`${dataset} ${symbol}`) ?? []).map(({ ts }) => (ts - START) / MINUTE)
  return { state, asked, store, failures, context, minutesOf, symbols: new LiveSymbols() }
}
