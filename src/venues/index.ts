import { ConfigurationError } from '../lib/errors.ts'
import { HOUR } from '../lib/model/window.ts'
import type { VenueSetting, VenueSettings } from '../lib/venue/setting.ts'
import type { Venue } from '../lib/venue/venue.ts'
import { createBinance } from './binance/index.ts'
import { ARCHIVE_LIST_URL, ARCHIVE_URL, BINANCE_SETTINGS, REST_URL, WS_URL } from './binance/settings.ts'
import { createLiquidationRoute } from './coinalyze/liquidations.ts'
import { COINALYZE_SETTINGS, KEY_NAME, URL_NAME } from './coinalyze/settings.ts'

interface VenueEntry {
  /** What it wants to be told. */
  readonly settings: readonly VenueSetting[]
  create(settings: VenueSettings): Venue
}

/** Every venue that perpctl speaks: a folder beside this file, and one entry here. */
const VENUES = {
  binance: {
    settings: [...BINANCE_SETTINGS, ...COINALYZE_SETTINGS],
    create: (told) => withLiquidations(createBinance(binanceAddresses(told)), told, 'A'),
  },
} as const satisfies Readonly<Record<string, VenueEntry>>

export type VenueName = keyof typeof VENUES

const ENTRIES: Readonly<Record<VenueName, VenueEntry>> = VENUES

const isVenueName = (name: string): name is VenueName => Object.hasOwn(VENUES, name)

export const DEFAULT_VENUE: VenueName = 'binance'

/** As users write them. */
export const VENUE_NAMES: readonly VenueName[] = Object.keys(VENUES).filter(isVenueName)

/** What all venues want to be told, each once. */
export const VENUE_SETTINGS: readonly VenueSetting[] = [
  ...new Set(Object.values(ENTRIES).flatMap(({ settings }) => settings)),
]

const binanceAddresses = (told: VenueSettings) => ({
  binanceRestUrl: told[REST_URL] ?? NOWHERE,
  binanceWsUrl: told[WS_URL],
  archive: archiveAddress(told),
})

function archiveAddress({ [ARCHIVE_URL]: url, [ARCHIVE_LIST_URL]: listUrl = url }: VenueSettings) {
  return url === undefined || listUrl === undefined ? undefined : { url, listUrl }
}

/** Coinalyze tells of the contracts of many venues, by a letter or digit for each. */
function withLiquidations(venue: Venue, told: VenueSettings, exchange: string): Venue {
  const address = { baseUrl: told[URL_NAME] ?? NOWHERE, key: told[KEY_NAME] ?? '' }
  const lq = createLiquidationRoute(address, exchange)
  return { ...venue, routes: { ...venue.routes, lq } }
}

/** The longest time between two settlements of any symbol; of a venue that does not tell, that of most venues. */
export const longestFundingOf = ({ routes }: Pick<Venue, 'routes'>): number =>
  routes.funding?.schedule?.longestMs ?? 8 * HOUR

const NOWHERE = 'http://127.0.0.1'

/** What is known of a venue without asking it. */
export const describeVenue = (name: string): Venue => createVenue(name, {})

/** @throws ConfigurationError where there is none of that name */
export function createVenue(name: string, settings: VenueSettings): Venue {
  if (isVenueName(name)) return ENTRIES[name].create(settings)
  throw new ConfigurationError(`there is no venue ${name}`, { hint: `give ${VENUE_NAMES.join(' or ')}` })
}
