import type { VenueName } from '../../lib/config/choices.ts'
import type { VenueUrls } from '../../lib/config/settings.ts'
import type { Venue } from '../../lib/venue/venue.ts'
import { createVenue } from '../../venues/index.ts'
import { startSimulation } from './simulation.ts'

/** Any key opens the simulated Coinalyze. */
const SIM_KEY = 'simulated'

export interface VenueSettings extends VenueUrls {
  readonly venue: VenueName
  readonly coinalyzeKey?: string | undefined
  readonly sim: boolean
  readonly simData?: string | undefined
}

/** The venue of a command; a simulated one is started, and ended by `stack`. */
export async function openVenue(
  stack: AsyncDisposableStack,
  settings: VenueSettings,
  simRate?: number,
): Promise<Venue> {
  const simulation = settings.sim
    ? stack.use(await startSimulation(settings.simData, { rate: simRate }))
    : undefined
  return createVenue(settings.venue, {
    binanceRestUrl: simulation?.restUrl ?? settings.binanceRestUrl,
    binanceWsUrl: simulation?.wsUrl ?? settings.binanceWsUrl,
    coinalyzeUrl: simulation?.coinalyzeUrl ?? settings.coinalyzeUrl,
    coinalyzeKey: settings.coinalyzeKey ?? (simulation ? SIM_KEY : undefined),
  })
}
