import type { Dataset } from '../model/market.ts'
import { floorTo, intersect, normalize, pointsToWindows, subtract, type Window } from '../model/window.ts'
import type { ParsedRows, RejectedRow, Route } from '../venue/route.ts'
import type { Page } from './page.ts'

/** A bad row that tells a time outside of the window may be of any minute in it: its time is as bad as the rest. */
export function forgetStrangeTimes<D extends Dataset>(
  parsed: ParsedRows<D>,
  window: Window,
  stepMs: number,
): ParsedRows<D> {
  const isInside = ({ ts }: RejectedRow): boolean =>
    ts !== undefined && ts < window.to && floorTo(ts, stepMs) + stepMs > window.from
  if (parsed.rejected.every(isInside)) return parsed
  const rejected = parsed.rejected.map((row) => (isInside(row) ? row : { ...row, ts: undefined }))
  return { ...parsed, rejected }
}

/**
 * With a row of which nobody can tell the minute, an answer proves nothing of what it lacks: where it has no sound row
 * it is broken, to be asked again, and never absent.
 */
export function doubtVague<D extends Dataset>(page: Page<D>, { stepMs }: Route<D>): Page<D> {
  if (page.rejected.every(({ ts }) => ts !== undefined)) return page
  const told = pointsToWindows(
    page.rows.map(({ ts }) => ts),
    stepMs,
  )
  const known = [...told, ...page.untrusted, ...page.open, ...(page.rest ? [page.rest] : [])]
  return {
    ...page,
    covered: intersect(page.covered, told),
    missing: [],
    outer: [],
    halves: [],
    halfRows: [],
    broken: normalize([...page.broken, ...subtract([page.window], known)]),
  }
}
