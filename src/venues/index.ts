import { UsageError } from '../lib/errors.ts'
import type { Venue } from '../lib/venue.ts'
import { createBinance } from './binance/index.ts'
import { createLiquidationSource } from './coinalyze/liquidations.ts'

export interface VenueAddresses {
  readonly binanceRestUrl: string
  /** Where it is not given the venue has no feed. */
  readonly binanceWsUrl?: string | undefined
  readonly coinalyzeUrl: string
  /** Undefined where the user has none: then nothing may be asked there. */
  readonly coinalyzeKey: string | undefined
}

/** Every venue that perpctl speaks: a folder beside this file and one line here. */
const VENUES: Readonly<Record<string, (addresses: VenueAddresses) => Venue>> = {
  binance: (addresses) => withLiquidations(createBinance(addresses), addresses, 'A'),
}

/** Coinalyze tells of the contracts of many venues, by a letter or digit for each. */
function withLiquidations(
  venue: Venue,
  { coinalyzeUrl, coinalyzeKey = '' }: VenueAddresses,
  exchange: string,
): Venue {
  const lq = createLiquidationSource({ baseUrl: coinalyzeUrl, key: coinalyzeKey }, exchange)
  return { ...venue, sources: { ...venue.sources, lq } }
}

export const venueNames = (): readonly string[] => Object.keys(VENUES)

export function createVenue(name: string, addresses: VenueAddresses): Venue {
  const create = VENUES[name]
  if (create) return create(addresses)
  throw new UsageError(`--venue: there is no venue ${name}`, {
    hint: `known venues: ${venueNames().join(', ')}`,
  })
}
