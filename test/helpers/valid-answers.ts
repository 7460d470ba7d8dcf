import { MINUTE } from '../../src/lib/model/window.ts'

/** The first minute of all answers here, a whole hour. */
export const START = Date.UTC(2026, 1, 1)
export const SYMBOL = 'BTCUSDT'

const times = (count: number, step: number): number[] =>
  Array.from({ length: count }, (_, at) => START + at * step)

export const klines = (count: number): unknown[][] =>
  times(count, MINUTE).map((ts, at) => [
    ts,
    '76965.40',
    '76965.40',
    '76925.80',
    '76953.60',
    '6.9863',
    ts + MINUTE - 1,
    '537560.524370',
    140 + at,
    '3.2714',
    '251784.524520',
    '0',
  ])

export const fundingRates = (count: number): Record<string, unknown>[] =>
  times(count, 60 * MINUTE).map((ts) => ({
    symbol: SYMBOL,
    fundingTime: ts + 5,
    fundingRate: '0.00006188',
    markPrice: '76907.97183333',
    rateType: 'Regular',
  }))

export const openInterests = (count: number): Record<string, unknown>[] =>
  times(count, 5 * MINUTE).map((timestamp) => ({
    symbol: SYMBOL,
    sumOpenInterest: '106289.69300000',
    sumOpenInterestValue: '8175197334.30990000',
    CMCCirculatingSupply: '20084481.00000000',
    timestamp,
  }))

export const ratios = (count: number): Record<string, unknown>[] =>
  times(count, 5 * MINUTE).map((timestamp) => ({
    symbol: SYMBOL,
    longShortRatio: '1.8105',
    longAccount: '0.6442',
    shortAccount: '0.3558',
    timestamp,
  }))

export const takerVolumes = (count: number): Record<string, unknown>[] =>
  times(count, 5 * MINUTE).map((timestamp) => ({
    buySellRatio: '1.5586',
    buyVol: '387.3300',
    sellVol: '248.5030',
    timestamp,
  }))

export const openInterestNow = (): Record<string, unknown> => ({
  openInterest: '10659.509',
  symbol: SYMBOL,
  time: START + 11,
})

export const liquidations = (count: number): Record<string, unknown>[] => [
  {
    symbol: `${SYMBOL}_PERP.A`,
    history: times(count, MINUTE).map((ts) => ({ t: ts / 1_000, l: 12.345, s: 0.671 })),
  },
]

export const markets = (count: number): Record<string, unknown>[] =>
  Array.from({ length: count }, (_, at) => ({
    symbol: at === 0 ? `${SYMBOL}_PERP.A` : `C${at}USDT_PERP.A`,
    exchange: 'A',
    symbol_on_exchange: at === 0 ? SYMBOL : `C${at}USDT`,
    is_perpetual: true,
  }))

const FILTERS = [
  { filterType: 'PRICE_FILTER', maxPrice: '300', minPrice: '0.0001', tickSize: '0.0001' },
  { filterType: 'LOT_SIZE', maxQty: '10000000', minQty: '1', stepSize: '1' },
]

export const exchangeInfo = (count: number) => ({
  rateLimits: [{ rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 2_400 }],
  serverTime: START,
  symbols: Array.from(
    { length: count },
    (_, at): Record<string, unknown> => ({
      symbol: at === 0 ? SYMBOL : `C${at}USDT`,
      contractType: 'PERPETUAL',
      onboardDate: 1_569_398_400_000,
      deliveryDate: 4_133_404_800_000,
      status: 'TRADING',
      baseAsset: at === 0 ? 'BTC' : `C${at}`,
      quoteAsset: 'USDT',
      filters: structuredClone(FILTERS),
    }),
  ),
})

export const fundingInfo = (count: number): Record<string, unknown>[] =>
  Array.from({ length: count }, (_, at) => ({
    symbol: `C${at}USDT`,
    adjustedFundingRateCap: '0.02500000',
    fundingIntervalHours: [1, 2, 4, 8][at % 4],
    disclaimer: false,
  }))

export const serverTime = (): Record<string, unknown> => ({ serverTime: START + 77 })

export const klineFrame = (isClosed: boolean): Record<string, unknown> => ({
  e: 'kline',
  E: START + MINUTE + 12,
  s: SYMBOL,
  k: {
    t: START,
    T: START + MINUTE - 1,
    s: SYMBOL,
    i: '1m',
    f: 8_132_503_391,
    L: 8_132_505_633,
    o: '76965.40',
    c: '76953.60',
    h: '76965.40',
    l: '76925.80',
    v: '6.9863',
    n: 143,
    x: isClosed,
    q: '537560.524370',
    V: '3.2714',
    Q: '251784.524520',
    B: '0',
  },
})

export const orderFrame = (): Record<string, unknown> => ({
  e: 'forceOrder',
  E: START + MINUTE,
  o: {
    s: SYMBOL,
    S: 'SELL',
    o: 'LIMIT',
    f: 'IOC',
    q: '0.014',
    p: '9910',
    ap: '9910',
    X: 'FILLED',
    l: '0.014',
    z: '0.014',
    T: START + MINUTE - 7,
    st: 1,
  },
})

export const markPriceFrame = (): Record<string, unknown> => ({
  e: 'markPriceUpdate',
  E: START,
  s: SYMBOL,
  p: '11794.15000000',
  r: '0.00038167',
  T: START + 60 * MINUTE,
  st: 1,
})

export const contractFrame = (): Record<string, unknown> => ({
  e: 'contractInfo',
  E: START,
  s: SYMBOL,
  ct: 'PERPETUAL',
  cs: 'TRADING',
  bks: [],
  st: 1,
})

export const replyFrame = (): Record<string, unknown> => ({
  error: { code: 2, msg: 'Invalid request' },
  id: 4,
})
