import { HOUR, MINUTE } from '../../../lib/model/window.ts'
import { type Frequency, mondayFrom, type Period } from './calendar.ts'

/** When the archive has what it will have. */
export interface ArchiveOptions {
  /** From the end of a day to its files, in milliseconds; default 08:30 UTC of the next day. */
  readonly dailyDelayMs?: number
  /** From the end of a month to its files; default 08:30 UTC of the next month's first Monday. */
  readonly monthlyDelayMs?: number
  /** Most entries of one page of the listing, whatever is asked; default 1,000. */
  readonly maxKeys?: number
}

const MORNING = 8 * HOUR + 30 * MINUTE

export function publicationOf(
  frequency: Frequency,
  { window: { to } }: Period,
  { dailyDelayMs = MORNING, monthlyDelayMs }: ArchiveOptions,
): number {
  if (frequency === 'daily') return to + dailyDelayMs
  return monthlyDelayMs === undefined ? mondayFrom(to) + MORNING : to + monthlyDelayMs
}
