export interface LimitPool {
  readonly name: string
  readonly limit: number
  readonly windowMs: number
  /** Header that tells what is used; pools without one count in silence. */
  readonly header?: string
  /** In the venue's words: `2400 requests per minute`. */
  readonly text: string
}

/** Whether a window is a calendar one (minute by minute) or always the last `windowMs`. */
export type WindowKind = 'minute' | 'rolling'

/** How much of one pool one address has used. */
export interface Meter {
  /** Counts `weight` and returns what is used now, this included. */
  add(weight: number, now: number): number
  /** Milliseconds until something becomes free. */
  freeIn(now: number): number
}

export const createMeter = (kind: WindowKind, windowMs: number): Meter =>
  kind === 'minute' ? createCalendarMeter(windowMs) : createRollingMeter(windowMs)

function createCalendarMeter(windowMs: number): Meter {
  let current = Number.NaN
  let used = 0
  return {
    add: (weight, now) => {
      const index = Math.floor(now / windowMs)
      if (index !== current) used = 0
      current = index
      used += weight
      return used
    },
    freeIn: (now) => windowMs - (now % windowMs),
  }
}

function createRollingMeter(windowMs: number): Meter {
  // One entry per instant: its time and weight; `head` is the oldest that still counts.
  let entries: { readonly at: number; weight: number }[] = []
  let head = 0
  let used = 0
  const expire = (now: number): void => {
    for (; head < entries.length && (entries[head]?.at ?? 0) <= now - windowMs; head += 1) {
      used -= entries[head]?.weight ?? 0
    }
    if (head > 1_000) {
      entries = entries.slice(head)
      head = 0
    }
  }
  return {
    add: (weight, now) => {
      expire(now)
      const last = entries.at(-1)
      if (last?.at === now && head < entries.length) last.weight += weight
      else entries.push({ at: now, weight })
      used += weight
      return used
    },
    freeIn: (now) => Math.max(1, (entries[head]?.at ?? now) + windowMs - now),
  }
}
