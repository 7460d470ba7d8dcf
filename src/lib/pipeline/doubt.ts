import { PayloadError, sampleOf } from '../errors.ts'
import type { Dataset } from '../model/market.ts'
import { DAY, HOUR, span, type Window } from '../model/window.ts'
import type { ParsedRows } from '../venue.ts'
import type { Job, Task } from './job.ts'
import type { Page } from './page.ts'

/** An hour or more of a grid without a row, of a symbol that was listed and traded all the time. */
export function isImplausible({ job, window, only }: Task): boolean {
  if (only !== undefined || job.source.shape !== 'grid' || !job.isLive || job.listedSince === null)
    return false
  return window.from >= job.listedSince + DAY && span(window) >= HOUR
}

/** What trades has its scheduled events: an answer without any for days is not believed at once. */
export function isDoubtful({ job, window }: Task, page: Page<Dataset>, now: number): boolean {
  const isEmpty = page.rows.length === 0 && page.rejected.length === 0
  if (!isEmpty || !job.source.isDue || !job.isLive || job.listedSince === null) return false
  return Math.min(window.to, now) - Math.max(window.from, job.listedSince + DAY) >= DAY
}

export function firstOf(job: Job, window: Window, parsed: ParsedRows<Dataset>): number | undefined {
  const times = [...parsed.rows, ...parsed.rejected].flatMap(({ ts }) => (ts === undefined ? [] : [ts]))
  if (times.some((ts) => ts < window.from || ts >= window.to)) {
    throw new PayloadError(
      `${job.dataset} of ${job.symbol}`,
      'a row outside the window that was asked for',
      sampleOf(times),
    )
  }
  if (times.length === 0) return parsed.count > 0 ? window.from : undefined
  return Math.min(...times)
}
