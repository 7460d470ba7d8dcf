import { type Instant, resolveInstant } from '../config/instants.ts'
import type { Dataset } from '../model/market.ts'
import { ceilTo, DAY, floorTo, MINUTE, normalize, span, subtract, type Window } from '../model/window.ts'
import type { Route } from '../venue/route.ts'
import { isDue } from './schedule.ts'

export interface Range {
  readonly since: Instant
  /** Undefined: up to the newest closed minute, whenever that is. */
  readonly until: Exclude<Instant, 'listing'> | undefined
}

/** What a run wants of a dataset, in whole steps of its route. */
export interface Wanted {
  /** What can be had at the venue's `now`: closed, settled, and not older than what is kept. */
  readonly window: Window | undefined
  /** What is wanted and older than what the venue keeps. */
  readonly expired: Window | undefined
}

export function wantedOf(route: Route, range: Range, now: number, historyStart: number): Wanted {
  const { stepMs, isSnapshot = false, settleMs = 0 } = route
  const settled = now - settleMs
  const until = range.until === undefined ? settled : Math.min(settled, resolveInstant(range.until, now))
  const since =
    range.since === 'listing' ? historyStart : Math.max(historyStart, resolveInstant(range.since, now))
  // A snapshot is out at the start of its step, a sum over the step at its end.
  const newest = isSnapshot ? ceilTo(floorTo(settled, MINUTE), stepMs) : floorTo(settled, stepMs)
  // A snapshot that holds in a wanted minute is wanted; a sum only where all of its minutes are.
  const [first, last] = [ceilTo(since, MINUTE), floorTo(until, MINUTE)]
  const from = isSnapshot ? floorTo(first, stepMs) : ceilTo(first, stepMs)
  const to = Math.min(newest, isSnapshot ? ceilTo(last, stepMs) : floorTo(last, stepMs))
  const oldest = Math.min(to, Math.max(from, oldestKept(route, now) ?? from))
  return {
    window: oldest < to ? { from: oldest, to } : undefined,
    expired: from < oldest ? { from, to: oldest } : undefined,
  }
}

/** Where what the venue still keeps begins; undefined where it keeps everything. */
export function oldestKept({ retentionMs, stepMs }: Route, now: number): number | undefined {
  // A minute more: a request is under way for a while.
  return retentionMs === undefined ? undefined : ceilTo(now - retentionMs + MINUTE, stepMs)
}

/** Whether there is a whole minute in the range at all. */
export function isRangeEmpty(range: Range, now: number, historyStart: number): boolean {
  const until = range.until === undefined ? now : Math.min(now, resolveInstant(range.until, now))
  const since =
    range.since === 'listing' ? historyStart : Math.max(historyStart, resolveInstant(range.since, now))
  return ceilTo(since, MINUTE) >= floorTo(until, MINUTE)
}

/**
 * Whether the range ends before it begins whatever the venue's clock says. Where only that clock could tell, the local
 * one has to be sure by a day.
 */
export function isReversed({ since, until }: Range, localNow: number): boolean {
  if (since === 'listing') return false
  if (until === undefined) return typeof since === 'number' && since > localNow + DAY
  if (typeof since === 'object' && typeof until === 'object') return since.ago <= until.ago
  const slack = typeof since === typeof until ? 0 : DAY
  return resolveInstant(since, localNow) >= resolveInstant(until, localNow) + slack
}

/** Wanted minus covered: the only thing that is ever fetched. Oldest first. */
export function gapsOf<D extends Dataset>(
  route: Route<D>,
  symbol: string,
  wanted: Window,
  covered: readonly Window[],
  now: number,
): Window[] {
  // A step is asked for as a whole, whichever of its minutes is missing.
  const gaps = widenToSteps(subtract([wanted], covered), route.stepMs)
  const tail = gaps.at(-1)
  const isNewestEdge = tail !== undefined && tail.to === wanted.to && tail.to > now - route.edgeMs
  // Nothing can have happened there yet; a later run asks when it can.
  if (isNewestEdge && route.schedule && !isDue(route.schedule, symbol, tail)) gaps.pop()
  return gaps
}

const widenToSteps = (windows: readonly Window[], stepMs: number): Window[] =>
  normalize(windows.map(({ from, to }) => ({ from: floorTo(from, stepMs), to: ceilTo(to, stepMs) })))

/** Cuts a gap into the windows of single requests; `most` where the venue was seen to serve less than it promises. */
export function* pagesOf(route: Route, gap: Window, most?: number): Generator<Window> {
  const length = most ?? (route.shape === 'grid' ? route.pageRows * route.stepMs : Number.POSITIVE_INFINITY)
  for (let from = gap.from; from < gap.to; from += length) yield { from, to: Math.min(gap.to, from + length) }
}

export const pageCount = (route: Route, gap: Window): number =>
  route.shape === 'grid' ? Math.ceil(span(gap) / (route.pageRows * route.stepMs)) : 1
