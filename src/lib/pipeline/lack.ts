import type { Dataset } from '../model/market.ts'
import { floorTo, intersect, MINUTE, subtract, totalSpan, type Window } from '../model/window.ts'
import type { Job } from './job.ts'

/** What a run could not bring in. */
export interface Lack {
  readonly symbol: string
  readonly dataset: Dataset
  readonly minutes: number
  readonly reason: string
}

export interface JobEnd {
  readonly wanted: Window
  readonly covered: readonly Window[]
  /** The venue's time. */
  readonly now: number
  /** Passes after which an edge that is not out counts as lacking. */
  readonly edgeTries: number
}

/** What of a job is wanted, could be had, and is not there; undefined where nothing is. */
export function findLack(job: Job, { wanted, covered, now, edgeTries }: JobEnd): Lack | undefined {
  const left = subtract([wanted], [...covered, ...job.expiredWindows, ...job.postponedWindows])
  const failed = intersect(left, [...job.failedWindows, ...job.unprovenWindows, ...job.unansweredWindows])
  // A minute that closed after the last pass is the next run's, and an edge is only expected of a listed symbol.
  const isExpected = job.isLive && job.route.shape === 'grid' && job.edgeTries >= edgeTries
  const edge = isExpected ? subtract(intersect(left, job.openEdge), [...failed, unpublished(job, now)]) : []
  const interior =
    job.route.shape === 'grid' ? subtract(left, [...failed, ...job.openEdge, newest(job, now)]) : []
  const minutes = totalSpan(job.isRefused ? left : [...failed, ...edge, ...interior]) / MINUTE
  if (minutes === 0 && !job.isRefused) return undefined
  const reason = job.reason ?? (interior.length > 0 ? 'not fetched' : 'not published by the venue yet')
  return { symbol: job.symbol, dataset: job.dataset, minutes, reason }
}

/** Where the newest rows may not be out yet through nobody's fault. */
export const unpublished = ({ route }: Job, now: number): Window => ({
  from: now - (route.publicationMs ?? 0),
  to: Number.POSITIVE_INFINITY,
})

const newest = ({ route }: Job, now: number): Window => ({
  from: floorTo(now - route.edgeMs, route.stepMs),
  to: Number.POSITIVE_INFINITY,
})
