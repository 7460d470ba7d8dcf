import { readArray, readObject } from '../../lib/http/read-payload.ts'
import type { Endpoint } from '../../lib/http/request.ts'
import { isDecimal } from '../../lib/model/decimal.ts'
import type { Instrument } from '../../lib/model/market.ts'
import type { Listing } from '../../lib/venue.ts'
import { REQUEST_WEIGHT } from './limits.ts'

const PATH = '/fapi/v1/exchangeInfo'

/** The listed instruments and the limits in force. `serverTime` in the same answer is hours old: never read. */
export function createListingEndpoint(baseUrl: string): Endpoint<Listing> {
  return {
    request: { baseUrl, path: PATH, query: {}, costs: { [REQUEST_WEIGHT]: 1 } },
    parse(payload) {
      const info = readObject(payload, PATH)
      const symbols = readArray(info.symbols, `${PATH}.symbols`)
      return {
        instruments: symbols.flatMap((entry) => toInstrument(entry) ?? []),
        limits: readLimits(info.rateLimits),
      }
    },
  }
}

function readLimits(value: unknown): Readonly<Record<string, number>> {
  const limits: Record<string, number> = {}
  for (const entry of readArray(value ?? [], `${PATH}.rateLimits`)) {
    const { rateLimitType, interval, intervalNum, limit } = readObject(entry, `${PATH}.rateLimits[]`)
    const isWeight = rateLimitType === 'REQUEST_WEIGHT' && interval === 'MINUTE' && intervalNum === 1
    if (isWeight && typeof limit === 'number' && limit > 0) limits[REQUEST_WEIGHT] = limit
  }
  return limits
}

/** Undefined for an entry without a name. One odd instrument among hundreds must not hide all others. */
function toInstrument(entry: unknown): Instrument | undefined {
  const object = readObject(entry, `${PATH}.symbols[]`)
  const text = (key: string): string => (typeof object[key] === 'string' ? object[key] : '')
  const time = (key: string): number | null =>
    Number.isSafeInteger(object[key]) ? Number(object[key]) : null
  const filters: readonly unknown[] = Array.isArray(object.filters) ? object.filters : []
  // Not pricePrecision and quantityPrecision: those are not the tick and the step.
  const filter = (type: string, key: string): string | null => {
    const found = filters
      .map((candidate) => readObject(candidate, `${PATH}.filters[]`))
      .find((candidate) => candidate.filterType === type)?.[key]
    return typeof found === 'string' && isDecimal(found) ? found : null
  }
  if (text('symbol') === '') return undefined
  return {
    symbol: text('symbol'),
    baseAsset: text('baseAsset'),
    quoteAsset: text('quoteAsset'),
    contractType: text('contractType'),
    status: text('status'),
    onboardTs: time('onboardDate'),
    deliveryTs: time('deliveryDate'),
    tickSize: filter('PRICE_FILTER', 'tickSize'),
    stepSize: filter('LOT_SIZE', 'stepSize'),
    raw: entry,
  }
}
