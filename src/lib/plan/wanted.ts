import { type Instant, resolveInstant } from '../config/instants.ts'
import type { Dataset } from '../model/market.ts'
import { ceilTo, floorTo, MINUTE, span, subtract, type Window } from '../model/window.ts'
import type { Source } from '../venue.ts'

export interface Range {
  readonly since: Instant
  /** Undefined: up to the newest closed minute, whenever that is. */
  readonly until: Exclude<Instant, 'listing'> | undefined
}

/** What a run wants of a dataset, in whole minutes, never beyond what is closed at the venue's `now`. */
export function wantedWindow(range: Range, now: number, historyStart: number): Window | undefined {
  const until = range.until === undefined ? now : Math.min(now, resolveInstant(range.until, now))
  const since =
    range.since === 'listing' ? historyStart : Math.max(historyStart, resolveInstant(range.since, now))
  const window = { from: ceilTo(since, MINUTE), to: floorTo(until, MINUTE) }
  return window.from < window.to ? window : undefined
}

/** Wanted minus covered: the only thing that is ever fetched. Oldest first. */
export function gapsOf<D extends Dataset>(
  source: Source<D>,
  symbol: string,
  wanted: Window,
  covered: readonly Window[],
  now: number,
): Window[] {
  const gaps = subtract([wanted], covered)
  const tail = gaps.at(-1)
  const isNewestEdge = tail !== undefined && tail.to === wanted.to && tail.to > now - source.edgeMs
  // Nothing can have happened there yet; a later run asks when it can.
  if (isNewestEdge && source.isDue && !source.isDue(symbol, tail)) gaps.pop()
  return gaps
}

/** Cuts a gap into the windows of single requests. */
export function* pagesOf(source: Source, gap: Window): Generator<Window> {
  const length = source.shape === 'grid' ? source.pageRows * source.stepMs : Number.POSITIVE_INFINITY
  for (let from = gap.from; from < gap.to; from += length) yield { from, to: Math.min(gap.to, from + length) }
}

export const pageCount = (source: Source, gap: Window): number =>
  source.shape === 'grid' ? Math.ceil(span(gap) / (source.pageRows * source.stepMs)) : 1
