/** One symbol of the simulated venue, as Coinalyze has to know it. */
export interface VenueSymbol {
  readonly symbol: string
  readonly baseAsset: string
  readonly quoteAsset: string
  readonly isPerpetual: boolean
  /** Milliseconds; null for a perpetual. */
  readonly expiresAt: number | null
  readonly priceDecimals: number
  readonly sizeDecimals: number
}

/** An entry of `/future-markets`. */
export interface FutureMarket {
  readonly symbol: string
  readonly exchange: string
  readonly symbol_on_exchange: string
  readonly base_asset: string
  readonly quote_asset: string
  readonly is_perpetual: boolean
  readonly margined: 'STABLE' | 'COIN'
  readonly expire_at: number | null
  readonly oi_lq_vol_denominated_in: 'BASE_ASSET' | 'QUOTE_ASSET'
  readonly has_long_short_ratio_data: boolean
  readonly has_ohlcv_data: boolean
  readonly has_buy_sell_data: boolean
}

export const EXCHANGES = [
  { name: 'Binance', code: 'A' },
  { name: 'Bybit', code: '6' },
  { name: 'OKX', code: '3' },
  { name: 'BitMEX', code: '0' },
  { name: 'Deribit', code: '2' },
  { name: 'Hyperliquid', code: 'H' },
  { name: 'dYdX', code: '8' },
  { name: 'Gate.io', code: 'Y' },
  { name: 'Huobi', code: '4' },
  { name: 'Kraken', code: 'K' },
  { name: 'Coinbase', code: 'C' },
] as const

const VENUE_CODE = 'A'

/** Names that nobody guesses from the venue's, by the venue's: who builds names instead of reading them has no rows. */
export const IRREGULAR_NAMES: Readonly<Record<string, string>> = {
  '1000PEPEUSDT': 'PEPE1000USDT_PERP.A',
}

const STABLE_PERPETUAL = {
  quote_asset: 'USDT',
  is_perpetual: true,
  margined: 'STABLE',
  expire_at: null,
  oi_lq_vol_denominated_in: 'BASE_ASSET',
  has_long_short_ratio_data: true,
  has_ohlcv_data: true,
  has_buy_sell_data: true,
} as const

const COIN_PERPETUAL = {
  ...STABLE_PERPETUAL,
  quote_asset: 'USD',
  margined: 'COIN',
  oi_lq_vol_denominated_in: 'QUOTE_ASSET',
} as const

const market = (
  symbol: string,
  name: string,
  base: string,
  kind: typeof STABLE_PERPETUAL | typeof COIN_PERPETUAL,
) => ({
  symbol,
  exchange: symbol.slice(symbol.lastIndexOf('.') + 1),
  symbol_on_exchange: name,
  base_asset: base,
  ...kind,
})

/** Elsewhere the same names mean other contracts. They are known, and nothing was liquidated in them. */
export const OTHER_MARKETS: readonly FutureMarket[] = [
  market('BTCUSD_PERP.A', 'BTCUSD_PERP', 'BTC', COIN_PERPETUAL),
  market('BTCUSDT.6', 'BTCUSDT', 'BTC', STABLE_PERPETUAL),
  market('ETHUSDT.6', 'ETHUSDT', 'ETH', STABLE_PERPETUAL),
  market('BTCUSDT_PERP.3', 'BTC-USDT-SWAP', 'BTC', STABLE_PERPETUAL),
  { ...market('BTCUSD_PERP.0', 'XBTUSD', 'BTC', COIN_PERPETUAL), has_long_short_ratio_data: false },
]

/** How the venue's own symbol is listed. */
export function renderMarket(source: VenueSymbol, names: Readonly<Record<string, string>>): FutureMarket {
  const { symbol, baseAsset, quoteAsset, isPerpetual, expiresAt } = source
  const regular = isPerpetual ? `${symbol}_PERP.${VENUE_CODE}` : `${symbol}.${VENUE_CODE}`
  return {
    ...market(names[symbol] ?? regular, symbol, baseAsset, STABLE_PERPETUAL),
    exchange: VENUE_CODE,
    quote_asset: quoteAsset,
    is_perpetual: isPerpetual,
    expire_at: expiresAt,
  }
}
