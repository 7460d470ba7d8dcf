import { runBackfill } from './backfill.ts'
import { watchCycles } from './cycles.ts'
import { atLeast, atMost, type Part } from './figure.ts'
import type { Ground } from './ground.ts'
import { startVenue, type VenueStats } from './venue-process.ts'

/** The most that one address may ask under `/futures/data`. */
const REQUESTS = 1_000
const WINDOW_SECONDS = 300
/** 30 days of one symbol are 18 pages of four kinds: 15 symbols end a little behind the first wait. */
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'AVAXUSDT', 'BCHUSDT', 'XRPUSDT', 'LTCUSDT', 'TRXUSDT', 'ETCUSDT']
const MORE = ['LINKUSDT', 'XLMUSDT', 'ADAUSDT', 'XMRUSDT', 'ATOMUSDT', 'BNBUSDT', 'VETUSDT']

const countStatistics = ({ requests }: VenueStats): number =>
  Object.entries(requests).reduce(
    (sum, [path, count]) => (path.startsWith('/futures/data/') ? sum + count : sum),
    0,
  )

/**
 * Open interest and ratios under the venue's own limit, which no header tells: from the first request to the first one
 * after the wait, as `limits.ts` measures candles.
 */
export async function measureStatistics(ground: Ground): Promise<Part> {
  await ground.clear()
  await using venue = await startVenue(['--seed', 'bench', '--start', '2026-06-01'])
  const watch = watchCycles(venue, 1, countStatistics)
  const run = await runBackfill({
    command: 'oi-lsr',
    databaseUrl: ground.url,
    venueUrl: venue.restUrl,
    symbols: [...SYMBOLS, ...MORE],
    since: '2026-05-02T00:10Z',
    until: '2026-06-01',
  })
  const { count, seconds, burstSeconds } = await watch.end()
  const { violations } = await venue.stats()
  const share = (count / seconds) * (WINDOW_SECONDS / REQUESTS)
  return {
    figures: [
      atLeast(0.97, 'f. oi-lsr, requests ÷ 1,000 in 5 minutes', share, 'ratio'),
      atMost(0, 'f. requests over the limit', violations.limited + violations.whileBanned, 'requests'),
    ],
    details: { count, seconds, burstSeconds, run },
  }
}
