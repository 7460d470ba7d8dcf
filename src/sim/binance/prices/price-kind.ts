/** The candles that are no trades: of the mark price, of the index behind it, and of the premium between the two. */
export const PRICE_KINDS = ['mark', 'index', 'premium'] as const
export type PriceKind = (typeof PRICE_KINDS)[number]

/** How often each is taken in a minute: what its rows tell where a candle has its trades. */
export const SAMPLES: Readonly<Record<PriceKind, number>> = { mark: 60, index: 60, premium: 12 }

/** Before that the venue has none, however old the contract. */
export const ORIGINS: Readonly<Record<PriceKind, number>> = {
  mark: Date.UTC(2019, 11, 23, 11),
  index: Date.UTC(2019, 11, 23, 11),
  premium: Date.UTC(2019, 11, 24, 3),
}
