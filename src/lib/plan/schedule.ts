import { intersect, MINUTE, type Window } from '../model/window.ts'

/** When a symbol's events are due: at whole intervals of the day, in UTC. */
export interface Schedule {
  /** No symbol of the venue has a longer interval, today or ever. */
  readonly longestMs: number
  /** Today's interval of a symbol: an earlier one may have been another. */
  intervalOf(symbol: string): number
}

/** Events beside the schedule, or some seconds off, do not make the next one late. */
const LENIENCE = MINUTE
/** So many distances on each side tell what the interval was at a time. */
const NEIGHBOURS = 3

/** Whether an event of the symbol falls into the window. */
export function isDue(schedule: Schedule, symbol: string, { from, to }: Window): boolean {
  const interval = schedule.intervalOf(symbol)
  return Math.ceil(from / interval) * interval < to
}

export interface Answered {
  readonly symbol: string
  /** What the answer speaks for. */
  readonly covered: readonly Window[]
  /** Oldest first, also those that are refused: an event that is there is not overdue. */
  readonly times: readonly number[]
  /** No event is expected before. */
  readonly since: number
}

/**
 * The stretches of an answer in which an event should be and is not: between two events further apart than those
 * around them and than the venue allows, before the first or after the last by more than an interval.
 */
export function findOverdue(schedule: Schedule, { symbol, covered, times, since }: Answered): Window[] {
  const speaking = intersect(covered, [{ from: since, to: Number.POSITIVE_INFINITY }])
  return speaking.flatMap((window) => {
    const inside = times.filter((ts) => ts >= window.from && ts < window.to)
    if (inside.length === 0) return isLacking(schedule, symbol, window) ? [window] : []
    return overdueIn(schedule, symbol, window, inside)
  })
}

function isLacking(schedule: Schedule, symbol: string, window: Window): boolean {
  return window.to - window.from > schedule.longestMs || isDue(schedule, symbol, window)
}

function overdueIn(schedule: Schedule, symbol: string, window: Window, times: readonly number[]): Window[] {
  const distances = times.slice(1).map((ts, at) => ts - (times[at] ?? ts))
  const allowed = (at: number): number => {
    const around = [
      ...distances.slice(Math.max(0, at - NEIGHBOURS), Math.max(0, at)),
      ...distances.slice(at + 1, at + 1 + NEIGHBOURS),
    ]
    // Without neighbours today's interval stands in: where another was in force, a wider look shows it.
    const usual = around.length === 0 ? schedule.intervalOf(symbol) : Math.max(...around)
    return Math.min(schedule.longestMs, usual) + LENIENCE
  }
  const [first = window.from, last = window.to] = [times[0], times.at(-1)]
  const overdue: Window[] = []
  if (first - window.from > allowed(-1)) overdue.push({ from: window.from, to: first })
  times.slice(1).forEach((ts, at) => {
    const before = times[at] ?? ts
    if (ts - before > allowed(at)) overdue.push({ from: before + MINUTE, to: ts })
  })
  if (window.to - last > allowed(distances.length)) overdue.push({ from: last + MINUTE, to: window.to })
  return overdue
}

/** The minutes of a stretch in which an event was due, by today's interval. */
export function dueMinutes(schedule: Schedule, symbol: string, { from, to }: Window): Window[] {
  const interval = schedule.intervalOf(symbol)
  const first = Math.ceil(from / interval) * interval
  const count = Math.max(0, Math.ceil((to - first) / interval))
  return Array.from({ length: count }, (_, at) => first + at * interval).map((ts) => ({
    from: ts,
    to: ts + MINUTE,
  }))
}
