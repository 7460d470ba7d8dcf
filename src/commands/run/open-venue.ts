import type { VenueSettings } from '../../lib/venue/setting.ts'
import type { Venue } from '../../lib/venue/venue.ts'
import { createVenue } from '../../venues/index.ts'
import { simulatedSettings } from '../../venues/settings.ts'
import { startSimulation } from './simulation.ts'

export interface VenueChoice {
  readonly venue: string
  readonly venues: VenueSettings
  readonly sim: boolean
  readonly simData?: string | undefined
}

/** The venue of a command; a simulated one is started, and ended by `stack`. */
export async function openVenue(
  stack: AsyncDisposableStack,
  { venue, venues, sim, simData }: VenueChoice,
  simRate?: number,
): Promise<Venue> {
  if (!sim) return createVenue(venue, venues)
  const { addresses } = stack.use(await startSimulation(simData, { rate: simRate }))
  return createVenue(venue, simulatedSettings(addresses))
}
