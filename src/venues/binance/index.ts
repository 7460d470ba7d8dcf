import { PayloadError, sampleOf } from '../../lib/errors.ts'
import { isBelievable } from '../../lib/http/plausible-time.ts'
import type { Instrument } from '../../lib/model/market.ts'
import { readObject, toTime } from '../../lib/venue/read-payload.ts'
import type { Venue } from '../../lib/venue/venue.ts'
import { judge } from './answers.ts'
import { type ArchiveAddress, createArchive } from './archive/index.ts'
import { createFundingInfoEndpoint, createFundingRoute } from './funding.ts'
import { createListingEndpoint } from './instruments.ts'
import { createKlinesRoute } from './klines.ts'
import { BUDGETS, REQUEST_WEIGHT } from './limits.ts'
import { createOpenInterestRoute, createRatioRoute } from './open-interest.ts'
import { createOpenInterestNow } from './open-interest-now.ts'
import { createPriceRoute } from './prices.ts'
import { createBinanceFeed } from './stream/index.ts'
import { createTakerVolumeRoute } from './taker-volume.ts'

const TIME_PATH = '/fapi/v1/time'

/** The first candle of all is BTCUSDT's of 2019-09-08 17:00; `onboardDate` tells a later day and is no bound. */
const HISTORY_START = Date.UTC(2019, 8, 1)

interface BinanceAddresses {
  readonly binanceRestUrl: string
  /** Without it there is no feed. */
  readonly binanceWsUrl?: string | undefined
  /** Without it there is no archive. */
  readonly archive?: ArchiveAddress | undefined
}

/** Binance USD-M futures: over REST, and live. `localNow` is what times of the venue have to be plausible to. */
export function createBinance(
  { binanceRestUrl: baseUrl, binanceWsUrl, archive }: BinanceAddresses,
  localNow: () => number = Date.now,
): Venue {
  const fundingIntervals = new Map<string, number>()
  return {
    name: 'binance',
    host: new URL(baseUrl).host,
    budgets: BUDGETS,
    historyStart: HISTORY_START,
    probe: {
      request: { baseUrl, path: TIME_PATH, query: {}, costs: { [REQUEST_WEIGHT]: 1 } },
      parse: (payload) => readServerTime(payload, localNow()),
    },
    listing: createListingEndpoint(baseUrl),
    prepare: createFundingInfoEndpoint(baseUrl, fundingIntervals),
    routes: {
      ohlcv: createKlinesRoute(baseUrl),
      mark: createPriceRoute(baseUrl, 'mark'),
      index: createPriceRoute(baseUrl, 'index'),
      premium: createPriceRoute(baseUrl, 'premium'),
      funding: createFundingRoute(baseUrl, fundingIntervals),
      oi: createOpenInterestRoute(baseUrl),
      lsr: createRatioRoute(baseUrl),
      tv: createTakerVolumeRoute(baseUrl),
    },
    openInterestNow: (symbol, now) => createOpenInterestNow(baseUrl, symbol, now),
    feeds: binanceWsUrl === undefined ? [] : [createBinanceFeed(binanceWsUrl, localNow)],
    ...(archive === undefined ? {} : { archive: createArchive(archive) }),
    judge,
    isTradable,
    // Contracts on traditional assets have sessions: their silence is normal.
    isContinuous: (instrument) => instrument.contractType === 'PERPETUAL',
  }
}

/** What decides "now" for everything else is believed only if a clock can show it. */
function readServerTime(payload: unknown, localNow: number): number {
  const { serverTime } = readObject(payload, `binance ${TIME_PATH}`)
  const time = toTime(serverTime)
  if (time !== undefined && isBelievable(time, localNow)) return time
  const problem = `${sampleOf(serverTime)} is not a time in milliseconds that a clock can show now`
  throw new PayloadError(`binance ${TIME_PATH}.serverTime`, problem, payload)
}

function isTradable(instrument: Instrument): boolean {
  const isPerpetual =
    instrument.contractType === 'PERPETUAL' || instrument.contractType === 'TRADIFI_PERPETUAL'
  return isPerpetual && instrument.status === 'TRADING' && instrument.quoteAsset === 'USDT'
}
