export const SECOND = 1_000
export const MINUTE = 60_000
export const HOUR = 3_600_000
export const DAY = 86_400_000

/** Half-open range of venue time, `[from, to)`, in milliseconds since the epoch, UTC. `from < to`. */
export interface Window {
  readonly from: number
  readonly to: number
}

export const floorTo = (ts: number, step: number): number => Math.floor(ts / step) * step
export const ceilTo = (ts: number, step: number): number => Math.ceil(ts / step) * step
export const span = (window: Window): number => window.to - window.from
export const totalSpan = (windows: readonly Window[]): number =>
  windows.reduce((sum, window) => sum + span(window), 0)

/** Sorted, disjoint, not touching: the one form in which sets of windows are compared and subtracted. */
export function normalize(windows: readonly Window[]): Window[] {
  const sorted = windows.filter((window) => window.from < window.to).toSorted((a, b) => a.from - b.from)
  const merged: Window[] = []
  for (const window of sorted) {
    const last = merged.at(-1)
    if (last && window.from <= last.to)
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, window.to) }
    else merged.push(window)
  }
  return merged
}

/** `wanted − taken`; both may be in any order and overlap, the answer is normalized. */
export function subtract(wanted: readonly Window[], taken: readonly Window[]): Window[] {
  const holes = normalize(taken)
  const left: Window[] = []
  let at = 0
  for (const window of normalize(wanted)) {
    let { from } = window
    while ((holes[at]?.to ?? Number.POSITIVE_INFINITY) <= from) at += 1
    // The last hole may reach into the next window: it is looked at again there.
    for (let next = at; ; next += 1) {
      const hole = holes[next]
      if (!hole || hole.from >= window.to) break
      if (hole.from > from) left.push({ from, to: hole.from })
      from = Math.max(from, hole.to)
    }
    if (from < window.to) left.push({ from, to: window.to })
  }
  return left
}

/** What both have; normalized. */
export function intersect(a: readonly Window[], b: readonly Window[]): Window[] {
  const [left, right] = [normalize(a), normalize(b)]
  const shared: Window[] = []
  for (let one = 0, other = 0; one < left.length && other < right.length; ) {
    const [first, second] = [left[one], right[other]]
    if (!first || !second) break
    const from = Math.max(first.from, second.from)
    const to = Math.min(first.to, second.to)
    if (from < to) shared.push({ from, to })
    if (first.to < second.to) one += 1
    else other += 1
  }
  return shared
}

/** The windows of the grid points in `points` (each `[ts, ts + step)`), merged. */
export function pointsToWindows(points: readonly number[], step: number): Window[] {
  return normalize(points.map((ts) => ({ from: ts, to: ts + step })))
}
