import { EntryFields } from '../../lib/http/entry-fields.ts'
import { readList } from '../../lib/http/read-list.ts'
import type { Instrument } from '../../lib/model/market.ts'
import type { Listing, OddEntry } from '../../lib/venue/listing.ts'
import { isObject, readObject } from '../../lib/venue/read-payload.ts'
import { type Endpoint, LIST_BYTES } from '../../lib/venue/request.ts'
import { REQUEST_WEIGHT } from './limits.ts'

const PATH = '/fapi/v1/exchangeInfo'
const SYMBOLS = `${PATH}.symbols`
const LIMITS = `${PATH}.rateLimits`

/** The listed instruments and the limits in force. `serverTime` in the same answer is hours old: never read. */
export function createListingEndpoint(baseUrl: string): Endpoint<Listing> {
  return {
    request: { baseUrl, path: PATH, query: {}, costs: { [REQUEST_WEIGHT]: 1 }, mostBytes: LIST_BYTES },
    parse(payload) {
      const info = readObject(payload, PATH)
      const odd: OddEntry[] = []
      const list = readList(info.symbols, SYMBOLS, 'symbol', (fields, entry) => {
        const { instrument, doubts } = readInstrument(fields, entry)
        const name = instrument.symbol
        if (fields.fault === undefined)
          odd.push(...doubts.map((reason) => ({ list: SYMBOLS, name, reason, entry, isLost: false })))
        return { name, instrument }
      })
      const { limits, odd: oddLimits } = readLimits(info.rateLimits)
      const instruments = list.entries.map(({ instrument }) => instrument)
      return { instruments, limits, odd: [...list.odd, ...odd, ...oddLimits] }
    },
  }
}

/** A limit below lets nothing of use through; one above is that of a venue without limits. */
const LEAST_LIMIT = 100
const MOST_LIMIT = 1_000_000_000

/** Without a limit that can be believed the documented one stays. */
function readLimits(value: unknown): Pick<Listing, 'limits' | 'odd'> {
  if (value === undefined || value === null) return { limits: {}, odd: [] }
  const limits: Record<string, number> = {}
  const odd: OddEntry[] = []
  for (const entry of Array.isArray(value) ? value : [value]) {
    const fields = new EntryFields(entry)
    const isWeight =
      isObject(entry) &&
      entry.rateLimitType === 'REQUEST_WEIGHT' &&
      entry.interval === 'MINUTE' &&
      entry.intervalNum === 1
    const limit = isWeight ? fields.count('limit', LEAST_LIMIT, MOST_LIMIT) : undefined
    if (fields.fault !== undefined)
      odd.push({ list: LIMITS, name: undefined, reason: fields.fault, entry, isLost: false })
    else if (limit !== undefined) limits[REQUEST_WEIGHT] = limit
  }
  return { limits, odd }
}

interface ReadInstrument {
  readonly instrument: Instrument
  /** What is wrong with it and costs no more than the field. */
  readonly doubts: readonly string[]
}

function readInstrument(fields: EntryFields, entry: unknown): ReadInstrument {
  const doubts: string[] = []
  const time = (name: string): number | null => {
    if (!fields.has(name)) return null
    const ts = new EntryFields(entry).date(name)
    if (ts === undefined) doubts.push(`${name} is not a time in milliseconds`)
    return ts ?? null
  }
  const instrument: Instrument = {
    symbol: fields.name('symbol'),
    baseAsset: readBase(entry, doubts),
    quoteAsset: fields.optionalName('quoteAsset') ?? '',
    contractType: fields.optionalName('contractType') ?? '',
    status: fields.optionalName('status') ?? '',
    onboardTs: time('onboardDate'),
    deliveryTs: time('deliveryDate'),
    // Not pricePrecision and quantityPrecision: those are not the tick and the step.
    tickSize: readFilter(entry, 'PRICE_FILTER', 'tickSize', doubts),
    stepSize: readFilter(entry, 'LOT_SIZE', 'stepSize', doubts),
    raw: entry,
  }
  return { instrument, doubts }
}

/** Nothing is decided by it. */
function readBase(entry: unknown, doubts: string[]): string {
  const fields = new EntryFields(entry)
  const name = fields.optionalName('baseAsset') ?? ''
  if (fields.fault !== undefined) doubts.push(fields.fault)
  return name
}

/** Null where the instrument has no such filter. */
function readFilter(entry: unknown, type: string, field: string, doubts: string[]): string | null {
  const filters: unknown = isObject(entry) ? entry.filters : undefined
  if (filters === undefined || filters === null) return null
  if (!Array.isArray(filters)) {
    doubts.push('filters is not a list')
    return null
  }
  if (!filters.every(isObject)) doubts.push('a filter is not an object')
  const found: unknown = filters.find((filter) => isObject(filter) && filter.filterType === type)
  if (found === undefined) return null
  const fields = new EntryFields(found)
  const value = fields.optionalDecimal(field, 'not negative')
  if (fields.fault !== undefined) doubts.push(`${type}: ${fields.fault}`)
  return fields.fault === undefined ? value : null
}
