import { PostgresStore } from '../../src/db/store.ts'
import type { Candle } from '../../src/lib/model/market.ts'
import type { Window } from '../../src/lib/model/window.ts'
import type { KlineRow } from '../../src/sim/binance/index.ts'
import type { VenueSimulator } from '../../src/sim/index.ts'
import type { Ground } from './ground.ts'

const PATIENCE = 10_000

/**
 * Stores what a backfill of candles and funding of this window would have left. A backfill of hundreds of symbols would
 * wait for minutes for the budget of funding rates.
 */
export async function storeHistory(
  { url }: Ground,
  truth: VenueSimulator['truth'],
  { symbols, window }: { readonly symbols: readonly string[]; readonly window: Window },
): Promise<void> {
  const patience = { url, timeoutMs: PATIENCE, onWait: () => {} }
  await using store = new PostgresStore('binance', patience)
  const span = { covered: [window], absent: [], isFresh: true }
  await store.write(
    symbols.flatMap((symbol) => {
      const rows = truth.candles(symbol, window).map(toCandle)
      return [
        { symbol, dataset: 'ohlcv' as const, rows: store.encode(symbol, 'ohlcv', rows), ...span },
        { symbol, dataset: 'funding' as const, rows: store.encode(symbol, 'funding', []), ...span },
      ]
    }),
  )
}

const toCandle = ([
  ts,
  open,
  high,
  low,
  close,
  volume,
  ,
  quote,
  trades,
  taker,
  takerQuote,
]: KlineRow): Candle => ({
  ts,
  open,
  high,
  low,
  close,
  volume,
  quoteVolume: quote,
  trades,
  takerBuyVolume: taker,
  takerBuyQuoteVolume: takerQuote,
})
