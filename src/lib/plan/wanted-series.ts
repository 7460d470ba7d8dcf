import { floorTo, MINUTE, type Window } from '../model/window.ts'
import type { WantedSeries } from '../ports.ts'
import type { Route } from '../venue/route.ts'

/** What is about to expire is not missed any more: its last minutes cannot be had in time. */
const LAST_MINUTES = 2 * MINUTE

/**
 * What a run remembers of a series that it wants. Before its listing nothing can be there; `keptFrom`: where the route
 * was found to begin.
 */
export function wantedSeries(
  { dataset, stepMs, publicationMs = 0, settleMs = 0, isSnapshot = false, retentionMs, schedule }: Route,
  { symbol, listedSince }: { readonly symbol: string; readonly listedSince: number | null },
  { from, to }: Window,
  keptFrom?: number,
): WantedSeries | undefined {
  const first = Math.max(from, floorTo(listedSince ?? from, stepMs))
  if (first >= to) return undefined
  return {
    symbol,
    dataset,
    window: { from: first, to },
    cadenceMs: schedule?.intervalOf(symbol) ?? stepMs,
    // A snapshot holds until the next one is due.
    publicationMs: publicationMs + settleMs - (isSnapshot ? stepMs : 0),
    keptMs: retentionMs === undefined ? undefined : retentionMs - stepMs - LAST_MINUTES,
    keptFrom,
  }
}

/** Of what is made of stored candles, a row a minute, as soon as they are there. */
export const madeOfCandles = (
  series: Pick<WantedSeries, 'symbol' | 'dataset' | 'variant'>,
  window: Window,
): WantedSeries => ({ ...series, window, cadenceMs: MINUTE, publicationMs: 0 })
