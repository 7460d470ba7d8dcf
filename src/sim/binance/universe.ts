import { DAY, HOUR } from '../../lib/model/window.ts'
import { createListing, type Listing } from './listing.ts'

const at = (text: string): number => Date.parse(`${text}Z`)

/** Symbol, middle price, first candle. Listing dates follow the real venue, prices are only plausible. */
const PERPETUALS: readonly (readonly [string, number, string])[] = [
  ['BCHUSDT', 420, '2019-12-16T08:00'],
  ['XRPUSDT', 1.4, '2020-01-06T08:00'],
  ['LTCUSDT', 72, '2020-01-09T08:00'],
  ['TRXUSDT', 0.27, '2020-01-15T08:00'],
  ['ETCUSDT', 16.5, '2020-01-16T08:00'],
  ['LINKUSDT', 12.4, '2020-01-17T08:00'],
  ['XLMUSDT', 0.21, '2020-01-20T08:00'],
  ['ADAUSDT', 0.48, '2020-01-31T08:00'],
  ['XMRUSDT', 310, '2020-02-03T08:00'],
  ['ATOMUSDT', 3.4, '2020-02-07T08:00'],
  ['BNBUSDT', 720, '2020-02-10T08:00'],
  ['VETUSDT', 0.019, '2020-02-14T08:00'],
  ['THETAUSDT', 0.62, '2020-03-04T08:00'],
  ['ALGOUSDT', 0.16, '2020-03-10T08:00'],
  ['DOGEUSDT', 0.15, '2020-07-10T09:00'],
  ['DOTUSDT', 2.9, '2020-08-22T07:00'],
  ['SOLUSDT', 128, '2020-09-14T07:00'],
  ['NEARUSDT', 2.1, '2020-10-14T07:00'],
  ['AAVEUSDT', 165, '2020-10-16T07:00'],
  ['FILUSDT', 2.2, '2020-10-16T08:00'],
  ['1000SHIBUSDT', 0.0094, '2021-05-10T11:20'],
  ['OPUSDT', 0.58, '2022-06-01T06:30'],
  ['APTUSDT', 3.6, '2022-10-19T02:00'],
  ['SUIUSDT', 2.4, '2023-05-03T14:30'],
  ['1000PEPEUSDT', 0.0071, '2023-05-05T15:30'],
  ['WLDUSDT', 0.71, '2023-07-24T09:00'],
  ['TIAUSDT', 1.3, '2023-10-31T14:00'],
  ['HYPEUSDT', 31, '2025-05-30T13:30'],
  ['币安人生USDT', 0.14, '2025-10-08T06:30'],
]

const perpetual = (
  symbol: string,
  basePrice: number,
  first: string,
  changes: Partial<Listing> = {},
): Listing => createListing({ symbol, basePrice, firstCandle: at(first) }, changes)

/** Only the archive still has its history. */
const archived = (
  symbol: string,
  basePrice: number,
  first: string,
  last: string,
  changes: Partial<Listing> = {},
): Listing =>
  perpetual(symbol, basePrice, first, {
    status: 'CLOSE',
    isShown: false,
    isArchived: true,
    endOfCandles: at(last),
    deliveryDate: at(last),
    ...changes,
  })

const SPECIAL_CASES: readonly Listing[] = [
  // As on the real venue, its first candle is older than the date that exchangeInfo tells.
  perpetual('BTCUSDT', 76_000, '2019-09-08T17:00', {
    onboardDate: at('2019-09-25T08:00'),
    minuteVolume: 180,
    minuteTrades: 2_500,
    underlyingSubType: 'PoW',
    fundingSteps: [{ from: at('2019-09-10T08:00'), hours: 8 }],
  }),
  perpetual('ETHUSDT', 2_600, '2019-11-27T07:45', { tickUnits: 1, minuteVolume: 3_000, minuteTrades: 2_200 }),
  perpetual('AVAXUSDT', 12.8, '2020-09-23T07:00', { priceDecimals: 4, tickUnits: 10, sizeDecimals: 0 }),
  // Quiet ones: minutes without a trade.
  perpetual('BATUSDT', 0.18, '2020-02-12T08:00', { activity: 0.85, minuteTrades: 12, minuteVolume: 4_000 }),
  perpetual('IOSTUSDT', 0.0027, '2020-02-19T08:00', { activity: 0.5, minuteTrades: 4, minuteVolume: 90_000 }),
  // Funding each 4 hours, each hour, and an interval that changed.
  perpetual('TRBUSDT', 34, '2020-09-10T08:00', {
    fundingSteps: [{ from: at('2020-09-10T08:00'), hours: 4 }],
  }),
  perpetual('MYXUSDT', 2.6, '2025-05-06T12:30', {
    fundingSteps: [{ from: at('2025-05-06T13:00'), hours: 1 }],
  }),
  perpetual('ARBUSDT', 0.31, '2023-03-23T12:30', {
    fundingSteps: [
      { from: at('2023-03-23T16:00'), hours: 8 },
      { from: at('2025-06-01T00:00'), hours: 4 },
    ],
    specialFundings: [at('2025-10-10T22:00')],
  }),
  perpetual('YOUNGUSDT', 0.42, '2026-11-02T10:00', { activity: 0.95 }),
  perpetual('BTCUSDC', 76_000, '2024-01-03T12:00', { minuteVolume: 12, activity: 0.98 }),
  perpetual('XAUUSDT', 3_900, '2025-12-11T10:00', {
    contractType: 'TRADIFI_PERPETUAL',
    underlyingType: 'COMMODITY',
    underlyingSubType: 'TradFi',
    activity: 0.9,
  }),
  // Settled and still shown.
  perpetual('EOSUSDT', 0.7, '2020-01-08T08:00', {
    status: 'SETTLING',
    endOfCandles: at('2025-05-28T09:00'),
    deliveryDate: at('2025-05-28T09:00'),
  }),
  // Delisted and hidden, its history still answers. Others, such as FTTUSDT, are refused as unknown.
  perpetual('MATICUSDT', 0.52, '2020-10-22T07:00', {
    status: 'CLOSE',
    isShown: false,
    endOfCandles: at('2024-09-10T09:00'),
    deliveryDate: at('2024-09-10T09:00'),
  }),
  // The venue no longer knows them: delisted, settled under another name before it was listed anew, delivered.
  archived('SRMUSDT', 0.74, '2020-08-21T07:00', '2022-11-28T09:00'),
  archived('CVCUSDTSETTLED', 0.12, '2020-11-04T07:00', '2023-04-25T09:00', { baseAsset: 'CVC' }),
  archived('BTCUSDT_240329', 52_000, '2023-09-29T08:00', '2024-03-29T08:00', {
    baseAsset: 'BTC',
    contractType: 'CURRENT_QUARTER',
    fundingSteps: [],
    activity: 0.7,
  }),
]

/** The symbols of the seeded venue; the quarterly contract is the one that runs at `now`. */
export function createUniverse(now: number): Listing[] {
  const plain = PERPETUALS.map(([symbol, basePrice, first]) => perpetual(symbol, basePrice, first))
  return [...SPECIAL_CASES.slice(0, 3), ...plain, ...SPECIAL_CASES.slice(3), createQuarterly(now)]
}

/** Delivered on the last Friday of the quarter at 08:00 UTC. */
function createQuarterly(now: number): Listing {
  const delivery = nextDelivery(now)
  const day = new Date(delivery).toISOString().slice(2, 10).replaceAll('-', '')
  const listedAt = delivery - 182 * DAY
  return createListing(
    { symbol: `BTCUSDT_${day}`, basePrice: 76_000, firstCandle: listedAt },
    {
      baseAsset: 'BTC',
      quoteAsset: 'USDT',
      contractType: 'CURRENT_QUARTER',
      deliveryDate: delivery,
      endOfCandles: delivery,
      fundingSteps: [],
      activity: 0.7,
    },
  )
}

function nextDelivery(now: number): number {
  const date = new Date(now)
  for (let quarter = Math.floor(date.getUTCMonth() / 3); ; quarter += 1) {
    const lastDay = new Date(Date.UTC(date.getUTCFullYear(), quarter * 3 + 3, 0))
    const delivery = lastDay.getTime() - ((lastDay.getUTCDay() + 2) % 7) * DAY + 8 * HOUR
    if (delivery > now) return delivery
  }
}

/** A made-up perpetual for load: `SIM0007USDT`. */
export function createSyntheticListing(number: number): Listing {
  const symbol = `SIM${String(number).padStart(4, '0')}USDT`
  const basePrice = [0.02, 0.4, 3, 45, 310, 2_200][number % 6] ?? 1
  return perpetual(symbol, basePrice, '2021-01-01T00:00')
}
