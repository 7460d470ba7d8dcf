import { DAY, floorTo, type Window } from '../../../lib/model/window.ts'

/** How much time one file holds: a UTC day or a UTC month. */
export const FREQUENCIES = ['daily', 'monthly'] as const
export type Frequency = (typeof FREQUENCIES)[number]

/** One day or month: its time and how file names write it. */
export interface Period {
  readonly window: Window
  /** `2026-06-25` or `2026-06`. */
  readonly name: string
}

/** The day or month that holds `ts`. */
export function periodAt(frequency: Frequency, ts: number): Period {
  const window = frequency === 'daily' ? dayAt(ts) : monthAt(ts)
  return { window, name: new Date(window.from).toISOString().slice(0, frequency === 'daily' ? 10 : 7) }
}

const dayAt = (ts: number): Window => {
  const from = floorTo(ts, DAY)
  return { from, to: from + DAY }
}

const monthAt = (ts: number): Window => {
  const date = new Date(ts)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  return { from: Date.UTC(year, month), to: Date.UTC(year, month + 1) }
}

/** The day or month of that name; undefined for a name that is none. */
export function periodOf(frequency: Frequency, name: string): Period | undefined {
  const from = Date.parse(frequency === 'daily' ? name : `${name}-01`)
  if (Number.isNaN(from)) return undefined
  const period = periodAt(frequency, from)
  return period.name === name ? period : undefined
}

/** The periods that share time with the window, ascending. */
export function* periodsIn(frequency: Frequency, { from, to }: Window): Generator<Period> {
  for (let period = periodAt(frequency, from); period.window.from < to; ) {
    yield period
    period = periodAt(frequency, period.window.to)
  }
}

/** The start of the first Monday at or after `ts`, itself the start of a day. */
export const mondayFrom = (ts: number): number => ts + ((8 - new Date(ts).getUTCDay()) % 7) * DAY
