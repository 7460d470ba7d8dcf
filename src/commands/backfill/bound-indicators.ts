import { madeFor } from '../../lib/derive/derivations.ts'
import { MAKERS } from '../../lib/derive/makers.ts'
import { coverageOf } from '../../lib/derive/rsi-work.ts'
import { INDEX_SYMBOL } from '../../lib/model/market.ts'
import { MINUTE, span, subtract, totalSpan, type Window } from '../../lib/model/window.ts'
import { estimateJob, type JobEstimate, type PlannedWork, sumWork } from '../../lib/plan/estimate.ts'
import { gapsOf, wantedOf } from '../../lib/plan/wanted.ts'
import type { Route } from '../../lib/venue/route.ts'
import type { PartContext } from './part.ts'

/**
 * What RSI, index and taker volume come to at most, once all candles that are wanted are stored: known before any is
 * fetched, by the coverage alone.
 */
export async function boundIndicators(context: PartContext): Promise<readonly PlannedWork[]> {
  return sumWork([...(await boundMade(context)), ...(await boundTakerVolume(context))])
}

async function boundMade(context: PartContext): Promise<readonly JobEstimate[]> {
  const { run, settings, prepared } = context
  const { ohlcv } = run.venue.routes
  if (!ohlcv) return []
  const { period } = settings
  const jobs: JobEstimate[] = []
  const bound = async (symbol: string, window: Window | undefined): Promise<void> => {
    for (const { dataset } of window ? madeFor(symbol) : []) {
      const { covered = [] } = (await coverageOf(run, MAKERS[dataset].seriesOf({ symbol, period }))) ?? {}
      const gaps = window ? subtract([window], settings.refetch ? [] : covered) : []
      if (gaps.length > 0)
        jobs.push({ dataset, symbol, gaps, requests: 0, rows: totalSpan(gaps) / MINUTE, costs: {} })
    }
  }
  let longest: Window | undefined
  for (const { symbol, listedSince } of prepared.symbols) {
    const window = windowOf(context, ohlcv, listedSince)
    if (window && (!longest || span(window) > span(longest))) longest = window
    await bound(symbol, window)
  }
  await bound(INDEX_SYMBOL, longest)
  return jobs
}

async function boundTakerVolume(context: PartContext): Promise<readonly JobEstimate[]> {
  const { run, settings, prepared } = context
  const isExact = settings.tvMethod === 'exact'
  const source = isExact ? run.venue.routes.ohlcv : run.venue.routes.tv
  if (!source) return []
  const names = prepared.symbols.map(({ symbol }) => symbol)
  const known = await run.store.coverage('tv', names)
  return prepared.symbols.flatMap(({ symbol, listedSince }) => {
    const window = windowOf(context, source, listedSince)
    const covered = settings.refetch ? [] : (known.get(symbol)?.covered ?? [])
    const gaps = window ? gapsOf(source, symbol, window, covered, prepared.now) : []
    if (gaps.length === 0) return []
    const job = estimateJob(source, symbol, gaps, prepared.now)
    return [{ ...job, dataset: 'tv' as const, ...(isExact ? { requests: 0, costs: {} } : {}) }]
  })
}

function windowOf(
  { run, prepared }: PartContext,
  source: Route,
  listedSince: number | null,
): Window | undefined {
  const start = Math.max(run.venue.historyStart, listedSince ?? 0)
  return wantedOf(source, prepared.range, prepared.now, start).window
}
