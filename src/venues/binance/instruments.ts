import type { Endpoint } from '../../lib/http/request.ts'
import type { Instrument } from '../../lib/model/market.ts'
import type { Listing } from '../../lib/venue.ts'
import { REQUEST_WEIGHT } from './limits.ts'
import { readArray, readObject, readText } from './read.ts'

const PATH = '/fapi/v1/exchangeInfo'

/** The listed instruments and the limits in force. `serverTime` in the same answer is hours old: never read. */
export function createListingEndpoint(baseUrl: string): Endpoint<Listing> {
  return {
    request: { baseUrl, path: PATH, query: {}, costs: { [REQUEST_WEIGHT]: 1 } },
    parse(payload) {
      const info = readObject(payload, PATH)
      const symbols = readArray(info.symbols, `${PATH}.symbols`)
      return {
        instruments: symbols.map((entry, at) => toInstrument(entry, `${PATH}.symbols[${at}]`)),
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

function toInstrument(entry: unknown, path: string): Instrument {
  const object = readObject(entry, path)
  const filters = readArray(object.filters ?? [], `${path}.filters`).map((filter) =>
    readObject(filter, `${path}.filters[]`),
  )
  // Not pricePrecision and quantityPrecision: those are not the tick and the step.
  const filter = (type: string, key: string): string | null => {
    const value = filters.find((candidate) => candidate.filterType === type)?.[key]
    return typeof value === 'string' ? value : null
  }
  return {
    symbol: readText(object, 'symbol', path),
    baseAsset: readText(object, 'baseAsset', path),
    quoteAsset: readText(object, 'quoteAsset', path),
    contractType: readText(object, 'contractType', path),
    status: readText(object, 'status', path),
    onboardTs: typeof object.onboardDate === 'number' ? object.onboardDate : null,
    deliveryTs: typeof object.deliveryDate === 'number' ? object.deliveryDate : null,
    tickSize: filter('PRICE_FILTER', 'tickSize'),
    stepSize: filter('LOT_SIZE', 'stepSize'),
    raw: entry,
  }
}
