import type { VenueName } from '../lib/config/choices.ts'
import { HOUR } from '../lib/model/window.ts'
import type { Venue } from '../lib/venue/venue.ts'
import { createBinance } from './binance/index.ts'
import { createLiquidationRoute } from './coinalyze/liquidations.ts'

export interface VenueAddresses {
  readonly binanceRestUrl: string
  /** Where it is not given the venue has no feed. */
  readonly binanceWsUrl?: string | undefined
  readonly coinalyzeUrl: string
  /** Undefined where the user has none: then nothing may be asked there. */
  readonly coinalyzeKey: string | undefined
}

/** Every venue that perpctl speaks: a folder beside this file, its name in `VENUE_NAMES`, and one line here. */
const VENUES: Readonly<Record<VenueName, (addresses: VenueAddresses) => Venue>> = {
  binance: (addresses) => withLiquidations(createBinance(addresses), addresses, 'A'),
}

/** Coinalyze tells of the contracts of many venues, by a letter or digit for each. */
function withLiquidations(
  venue: Venue,
  { coinalyzeUrl, coinalyzeKey = '' }: VenueAddresses,
  exchange: string,
): Venue {
  const lq = createLiquidationRoute({ baseUrl: coinalyzeUrl, key: coinalyzeKey }, exchange)
  return { ...venue, routes: { ...venue.routes, lq } }
}

/** The longest time between two settlements of any symbol; of a venue that does not tell, that of most venues. */
export const longestFundingOf = ({ routes }: Pick<Venue, 'routes'>): number =>
  routes.funding?.schedule?.longestMs ?? 8 * HOUR

/** What is known of a venue without asking it. */
export const describeVenue = (name: VenueName): Venue =>
  VENUES[name]({ binanceRestUrl: NOWHERE, coinalyzeUrl: NOWHERE, coinalyzeKey: undefined })

const NOWHERE = 'http://127.0.0.1'

export const createVenue = (name: VenueName, addresses: VenueAddresses): Venue => VENUES[name](addresses)
