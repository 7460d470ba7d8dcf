import { UsageError } from '../lib/errors.ts'
import type { Venue } from '../lib/venue.ts'
import { createBinance } from './binance/index.ts'

export interface VenueAddresses {
  readonly binanceRestUrl: string
}

/** Every venue that perpctl speaks: a folder beside this file and one line here. */
const VENUES: Readonly<Record<string, (addresses: VenueAddresses) => Venue>> = {
  binance: createBinance,
}

export const venueNames = (): readonly string[] => Object.keys(VENUES)

export function createVenue(name: string, addresses: VenueAddresses): Venue {
  const create = VENUES[name]
  if (create) return create(addresses)
  throw new UsageError(`--venue: there is no venue ${name}`, {
    hint: `known venues: ${venueNames().join(', ')}`,
  })
}
