import type { FaultRule } from '../faults.ts'

/** The stretches of venue time in which a rule holds that was set at `since`: `ms` long, each `everyMs`. */
export interface FaultWindows {
  readonly first: number
  readonly every: number
  readonly length: number
}

/** `defaultMs`: the length where the rule tells none. Without `atMs` the first begins at once, or after `everyMs`. */
export function createWindows(
  { atMs, everyMs, ms }: FaultRule,
  since: number,
  defaultMs: number,
): FaultWindows {
  return {
    first: since + (atMs ?? everyMs ?? 0),
    every: everyMs ?? Number.POSITIVE_INFINITY,
    length: ms ?? defaultMs,
  }
}

/** Number of the window that holds `at`, from 0; undefined outside of all. */
export function windowAt({ first, every, length }: FaultWindows, at: number): number | undefined {
  if (at < first) return undefined
  const index = Number.isFinite(every) ? Math.floor((at - first) / every) : 0
  const passed = at - first - (index === 0 ? 0 : index * every)
  return passed < length ? index : undefined
}

/** Start of window `index`; infinite where there is none. */
export const startOf = ({ first, every }: FaultWindows, index: number): number =>
  index === 0 ? first : first + index * every
