import { readObject, readTime } from '../../lib/http/read-payload.ts'
import type { Instrument } from '../../lib/model/market.ts'
import type { Venue } from '../../lib/venue.ts'
import { judge } from './answers.ts'
import { createFundingInfoEndpoint, createFundingSource } from './funding.ts'
import { createListingEndpoint } from './instruments.ts'
import { createKlinesSource } from './klines.ts'
import { BUDGETS, REQUEST_WEIGHT } from './limits.ts'
import { createOpenInterestSource, createRatioSource } from './open-interest.ts'
import { createOpenInterestNow } from './open-interest-now.ts'
import { createBinanceFeed } from './stream/index.ts'
import { createTakerVolumeSource } from './taker-volume.ts'

const TIME_PATH = '/fapi/v1/time'

/** The first candle of all is BTCUSDT's of 2019-09-08 17:00; `onboardDate` tells a later day and is no bound. */
const HISTORY_START = Date.UTC(2019, 8, 1)

interface BinanceAddresses {
  readonly binanceRestUrl: string
  /** Without it there is no feed. */
  readonly binanceWsUrl?: string | undefined
}

/** Binance USD-M futures: over REST, and live. */
export function createBinance({ binanceRestUrl: baseUrl, binanceWsUrl }: BinanceAddresses): Venue {
  const fundingIntervals = new Map<string, number>()
  return {
    name: 'binance',
    host: new URL(baseUrl).host,
    budgets: BUDGETS,
    historyStart: HISTORY_START,
    probe: {
      request: { baseUrl, path: TIME_PATH, query: {}, costs: { [REQUEST_WEIGHT]: 1 } },
      parse: (payload) => readTime(readObject(payload, TIME_PATH).serverTime, `${TIME_PATH}.serverTime`),
    },
    listing: createListingEndpoint(baseUrl),
    prepare: createFundingInfoEndpoint(baseUrl, fundingIntervals),
    sources: {
      ohlcv: createKlinesSource(baseUrl),
      funding: createFundingSource(baseUrl, fundingIntervals),
      oi: createOpenInterestSource(baseUrl),
      lsr: createRatioSource(baseUrl),
      tv: createTakerVolumeSource(baseUrl),
    },
    openInterestNow: (symbol) => createOpenInterestNow(baseUrl, symbol),
    ...(binanceWsUrl === undefined ? {} : { feed: createBinanceFeed(binanceWsUrl) }),
    judge,
    isTradable,
    // Contracts on traditional assets have sessions: their silence is normal.
    isContinuous: (instrument) => instrument.contractType === 'PERPETUAL',
  }
}

function isTradable(instrument: Instrument): boolean {
  const isPerpetual =
    instrument.contractType === 'PERPETUAL' || instrument.contractType === 'TRADIFI_PERPETUAL'
  return isPerpetual && instrument.status === 'TRADING' && instrument.quoteAsset === 'USDT'
}
