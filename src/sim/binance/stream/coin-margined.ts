import { MINUTE } from '../../../lib/model/window.ts'
import { hashAt, hashText, unitAt } from '../../core/hash.ts'

/** Contracts of the coin-margined market, invented: they share the streams of all symbols since 2026-06-30. */
export const COIN_MARGINED: readonly string[] = ['BTCUSD_PERP', 'ETHUSD_PERP']

const PRICES = [76_000, 2_600]
/** Share of the minutes with a liquidation. */
const RATE = 0.4
const series = COIN_MARGINED.map((symbol) => hashText(`coin-margined:${symbol}`))

export const priceOfCoinMargined = (index: number, minute: number): string =>
  ((PRICES[index] ?? 1) * (0.99 + 0.02 * unitAt(series[index] ?? 0, minute))).toFixed(1)

export interface CoinMarginedOrder {
  readonly symbol: string
  readonly time: number
  readonly side: 'BUY' | 'SELL'
  readonly price: string
  /** Contracts. */
  readonly quantity: string
}

/** At most one order of each contract in the minute that starts then, ascending by time. */
export function coinMarginedOrders(openTime: number): CoinMarginedOrder[] {
  const minute = openTime / MINUTE
  return COIN_MARGINED.flatMap((symbol, index) => {
    const own = series[index] ?? 0
    if (unitAt(own, minute) >= RATE) return []
    const draw = hashAt(own + 1, minute)
    return [
      {
        symbol,
        time: openTime + (draw % MINUTE),
        side: draw % 2 === 0 ? ('BUY' as const) : ('SELL' as const),
        price: priceOfCoinMargined(index, minute),
        quantity: String(1 + (draw % 500)),
      },
    ]
  }).toSorted((a, b) => a.time - b.time)
}
