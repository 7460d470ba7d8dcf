import { type BackfillRun, runBackfill } from './backfill.ts'
import { atMost, type Figure, type Part, tell } from './figure.ts'
import type { Ground } from './ground.ts'
import { type RecordedVenue, startRecordedVenue } from './recorded-venue.ts'
import type { VenueStats } from './venue-process.ts'

/** From here on there are liquidations of all three symbols: what nobody keeps any more is asked for by each run. */
const KEPT_SINCE = '2026-02-19'

const countRequests = ({ requests }: VenueStats): number =>
  Object.values(requests).reduce((sum, count) => sum + count, 0)

interface Repeat {
  readonly first: BackfillRun
  readonly second: BackfillRun
  readonly asked: number
  readonly askedAgain: number
}

/** The same command again, when there is nothing left to do. */
export async function measureRepeat(ground: Ground): Promise<Part> {
  await using venue = await startRecordedVenue(1)
  const candles = await repeat(ground, venue, 'ohlcv', venue.since)
  const everything = await repeat(ground, venue, 'all', KEPT_SINCE)
  return {
    figures: [
      ...tellRepeat('d.', '1 month', candles),
      ...tellRepeat('d. backfill all,', '10 days', everything),
      tell('d. backfill all, first run, peak memory', everything.first.peakMegabytes, 'MB'),
    ],
    details: { ohlcv: candles, all: everything },
  }
}

async function repeat(ground: Ground, venue: RecordedVenue, command: string, since: string): Promise<Repeat> {
  const order = { ...venue, since, command, databaseUrl: ground.url, venueUrl: venue.restUrl }
  await ground.clear()
  await venue.forget()
  const before = countRequests(await venue.stats())
  const first = await runBackfill(order)
  const after = countRequests(await venue.stats())
  await venue.forget()
  const second = await runBackfill(order)
  const askedAgain = countRequests(await venue.stats()) - after
  return { first, second, asked: after - before, askedAgain }
}

const tellRepeat = (name: string, length: string, { first, second, asked, askedAgain }: Repeat): Figure[] => [
  tell(`${name} first run, 3 symbols × ${length}`, first.processSeconds, 's'),
  tell(`${name} first run, all requests`, asked, 'requests'),
  tell(`${name} second run, nothing to do`, second.processSeconds, 's'),
  tell(`${name} second run, all requests`, askedAgain, 'requests'),
  atMost(0, `${name} second run, requests for data`, second.requests, 'requests'),
]
