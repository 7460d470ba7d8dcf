import * as z from 'zod'
import { type BackfillOrder, runBackfill } from './backfill.ts'
import { atMost, type Part } from './figure.ts'
import type { Ground } from './ground.ts'
import { startRecordedVenue } from './recorded-venue.ts'
import { startVenue, type VenueProcess } from './venue-process.ts'

const GOAL_MEGABYTES = 200
const MANY = 100
/** The first run finds a venue that is slow, which spares memory; the highest of all counts. */
const RUNS = 2
const DAY = { since: '2026-02-01', until: '2026-02-02' } as const

type Order = Omit<BackfillOrder, 'databaseUrl' | 'venueUrl'> & { readonly venue: VenueProcess }
type Scene = readonly [name: string, order: Order]

const listing = z.object({
  symbols: z.array(z.object({ symbol: z.string(), contractType: z.string(), quoteAsset: z.string() })),
})

/** The highest resident memory of the command's process, from one symbol's day to a million candles. */
export async function measureMemory(ground: Ground): Promise<Part> {
  await using months = await startRecordedVenue(9)
  await using days = await startVenue(['--no-limits', '--symbols', String(MANY), '--start', '2026-06-01'])
  const [one = ''] = months.symbols
  const three = [1, 10, 19].map((at) => months.symbols[at] ?? one)
  const many = await listSymbols(days.restUrl)
  const month = { venue: months, since: months.since, until: months.until }
  const scenes: readonly Scene[] = [
    ['1 symbol × 1 day', { venue: months, symbols: [one], ...DAY }],
    ['3 symbols × 1 month', { ...month, symbols: three }],
    [`${MANY} symbols × 1 day`, { venue: days, symbols: many, ...DAY }],
    [`${months.symbols.length} symbols × 1 month`, { ...month, symbols: months.symbols }],
  ]
  const peaks: { name: string; candles: number; megabytes: number[] }[] = []
  for (const [name, order] of scenes) peaks.push({ name, ...(await measureScene(ground, order)) })
  const figures = peaks.map(({ name, megabytes }) =>
    atMost(GOAL_MEGABYTES, `c. peak memory, ${name}`, Math.max(...megabytes), 'MB'),
  )
  return { figures, details: { peaks } }
}

async function measureScene(
  ground: Ground,
  { venue, ...order }: Order,
): Promise<{ candles: number; megabytes: number[] }> {
  const megabytes: number[] = []
  let candles = 0
  for (let run = 0; run < RUNS; run += 1) {
    await ground.clear()
    await venue.forget()
    const place = { databaseUrl: ground.url, venueUrl: venue.restUrl }
    const { peakMegabytes } = await runBackfill({ ...order, ...place })
    megabytes.push(Math.round(peakMegabytes))
    candles = await ground.countCandles()
  }
  return { candles, megabytes }
}

async function listSymbols(restUrl: string): Promise<string[]> {
  const { symbols } = listing.parse(await (await fetch(`${restUrl}/fapi/v1/exchangeInfo`)).json())
  return symbols
    .filter(({ contractType, quoteAsset }) => contractType === 'PERPETUAL' && quoteAsset === 'USDT')
    .slice(0, MANY)
    .map(({ symbol }) => symbol)
}
