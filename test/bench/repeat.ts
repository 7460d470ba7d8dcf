import { runBackfill } from './backfill.ts'
import { atMost, type Part, tell } from './figure.ts'
import type { Ground } from './ground.ts'
import { startRecordedVenue } from './recorded-venue.ts'
import type { VenueStats } from './venue-process.ts'

const countRequests = ({ requests }: VenueStats): number =>
  Object.values(requests).reduce((sum, count) => sum + count, 0)

/** The same command again, when there is nothing left to do. */
export async function measureRepeat(ground: Ground): Promise<Part> {
  await using venue = await startRecordedVenue(1)
  const order = { ...venue, databaseUrl: ground.url, venueUrl: venue.restUrl }
  await ground.clear()
  const first = await runBackfill(order)
  const asked = countRequests(await venue.stats())
  await venue.forget()
  const second = await runBackfill(order)
  const askedAgain = countRequests(await venue.stats()) - asked
  return {
    figures: [
      tell('d. first run, 3 symbols × 1 month', first.processSeconds, 's'),
      tell('d. first run, all requests', asked, 'requests'),
      tell('d. second run, nothing to do', second.processSeconds, 's'),
      tell('d. second run, all requests', askedAgain, 'requests'),
      atMost(0, 'd. second run, requests for data', second.requests, 'requests'),
    ],
    details: { first, second },
  }
}
