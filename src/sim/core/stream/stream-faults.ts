import { MINUTE } from '../../../lib/model/window.ts'
import { type FaultRule, isStreamFault, type StreamFaultKind } from '../faults.ts'
import { createWindows, type FaultWindows, startOf, windowAt } from './fault-windows.ts'
import type { StreamFrame } from './frame.ts'
import { FrameFaults } from './frame-faults.ts'

/** A moment at which all connections end. */
export interface Break {
  readonly at: number
  readonly kind: 'ws-disconnect' | 'ws-reset'
}

interface TimedRule {
  readonly rule: FaultRule
  readonly windows: FaultWindows
  fired: number
}

const REFUSED = 503

/**
 * When the faults of a stream fire, in venue time counted from the setting of the rules:
 * - `ws-disconnect`, `ws-reset`: at `atMs` (default at once) and then each `everyMs`; without `everyMs` once, without
 *   `atMs` first after `everyMs`. At most `count` times, whether somebody is connected or not.
 * - `ws-stall`: at the same times, `ms` long (default a minute); frames of `symbol`, or all, that are due then are lost.
 * - `ws-refuse`, `ws-silent`: handshakes in such a stretch, `count` of them at most. Without `ms`: as long as `everyMs`, or
 *   for ever.
 * - All others: see `FrameFaults`.
 */
export class StreamFaults {
  readonly #onFired: (kind: StreamFaultKind) => void
  readonly frames: FrameFaults
  #timed: TimedRule[] = []

  /** `onFired` is told each firing: a break that hit somebody, a stall that withheld something. */
  constructor(onFired: (kind: StreamFaultKind) => void) {
    this.#onFired = onFired
    this.frames = new FrameFaults(onFired)
  }

  /** Replaces all rules, those of requests left out; `now` is the venue's time. */
  set(rules: readonly FaultRule[], now: number): void {
    const own = rules.filter(({ kind }) => isStreamFault(kind))
    this.frames.set(own, now)
    this.#timed = own.map((rule) => {
      const defaultMs = rule.kind === 'ws-stall' ? MINUTE : Number.POSITIVE_INFINITY
      return { rule, windows: createWindows(rule, now, defaultMs), fired: 0 }
    })
  }

  /** The moments up to `upTo` that were not taken before, ascending. */
  takeBreaks(upTo: number): Break[] {
    const breaks: Break[] = []
    for (const timed of this.#timed) {
      const { kind, count = Number.POSITIVE_INFINITY } = timed.rule
      if (kind !== 'ws-disconnect' && kind !== 'ws-reset') continue
      for (; timed.fired < count && startOf(timed.windows, timed.fired) <= upTo; timed.fired += 1)
        breaks.push({ at: startOf(timed.windows, timed.fired), kind })
    }
    return breaks.toSorted((a, b) => a.at - b.at)
  }

  /** The HTTP status that a handshake at `now` is refused with. */
  takeRefusal(now: number): number | undefined {
    const rule = this.#takeHandshake('ws-refuse', now)
    return rule && (rule.status ?? REFUSED)
  }

  /** Whether a connection that opens at `now` never gets a frame. */
  takeSilence(now: number): boolean {
    return this.#takeHandshake('ws-silent', now) !== undefined
  }

  /** Whether a frame is lost in a stall. */
  isStalled({ symbol, at }: StreamFrame): boolean {
    return this.#timed.some((timed) => {
      const { rule, windows } = timed
      if (rule.kind !== 'ws-stall' || (rule.symbol !== undefined && rule.symbol !== symbol)) return false
      const index = windowAt(windows, at)
      if (index === undefined || index >= (rule.count ?? Number.POSITIVE_INFINITY)) return false
      if (timed.fired <= index) this.#onFired('ws-stall')
      timed.fired = Math.max(timed.fired, index + 1)
      return true
    })
  }

  countBreak(kind: Break['kind']): void {
    this.#onFired(kind)
  }

  #takeHandshake(kind: 'ws-refuse' | 'ws-silent', now: number): FaultRule | undefined {
    const due = this.#timed.find(
      ({ rule, windows, fired }) =>
        rule.kind === kind &&
        fired < (rule.count ?? Number.POSITIVE_INFINITY) &&
        windowAt(windows, now) !== undefined,
    )
    if (!due) return undefined
    due.fired += 1
    this.#onFired(kind)
    return due.rule
  }
}
