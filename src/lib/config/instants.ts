import { DAY, HOUR, MINUTE } from '../model/window.ts'
import { formatDuration } from '../text/durations.ts'
import { formatUtc } from '../text/times.ts'

const UNITS: Readonly<Record<string, number>> = { m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY, y: 365 * DAY }
const AGO = /^(\d+)([mhdwy])$/
const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/

/**
 * A point in time as a user writes it: milliseconds since the epoch, `{ago}` milliseconds before the venue's now, or
 * the symbol's own listing. What is relative stays relative until the venue's clock is known.
 */
export type Instant = number | { readonly ago: number } | 'listing'

/** `2026-02-01`, `2026-02-01T13:00Z` (UTC where no zone is given), `30d`, `12h`, `1y` (365 days), `now`, `listing`. Undefined if neither. */
export function parseInstant(text: string): Instant | undefined {
  const value = text.trim()
  if (value === 'listing') return 'listing'
  if (value === 'now') return { ago: 0 }
  const ago = AGO.exec(value)
  if (ago) return { ago: Number(ago[1]) * (UNITS[ago[2] ?? ''] ?? Number.NaN) }
  if (!ISO.test(value)) return undefined
  const isoText = value.replace(' ', 'T')
  const hasZone = /(?:Z|[+-]\d{2}:\d{2})$/.test(isoText)
  const ts = Date.parse(hasZone || !isoText.includes('T') ? isoText : `${isoText}Z`)
  // Date.parse turns 2026-02-31 into March: such a day is a typing error, not a date.
  const day = Number(value.slice(8, 10))
  const isRealDay = new Date(`${value.slice(0, 10)}T00:00Z`).getUTCDate() === day
  return Number.isNaN(ts) || !isRealDay ? undefined : ts
}

export function resolveInstant(instant: Exclude<Instant, 'listing'>, now: number): number {
  return typeof instant === 'number' ? instant : now - instant.ago
}

/** `2026-02-01 13:52:44 UTC`, `3d 04h ago`. */
export function describeInstant(instant: Instant): string {
  if (instant === 'listing') return instant
  if (typeof instant === 'number') return formatUtc(instant)
  return instant.ago === 0 ? 'now' : `${formatDuration(instant.ago)} ago`
}
