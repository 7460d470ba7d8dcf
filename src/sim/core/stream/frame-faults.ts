import { floorTo, MINUTE } from '../../../lib/model/window.ts'
import type { Fault, FaultRule, StreamFaultKind } from '../faults.ts'
import type { StreamFrame } from './frame.ts'

const CLOSE_KINDS = ['ws-no-close', 'ws-wrong-close', 'ws-late-close'] as const
const FRAME_KINDS = [...CLOSE_KINDS, 'ws-duplicate', 'ws-reorder', 'ws-garbage'] as const
type FrameFaultKind = (typeof FRAME_KINDS)[number]

/** A fault that one frame meets. */
export type FrameFault = Fault & { readonly kind: FrameFaultKind }

interface FrameRule {
  readonly rule: FaultRule
  readonly kind: FrameFaultKind
  readonly since: number
  matched: number
  fired: number
  /** Not before then. */
  nextAt: number
}

const isCloseKind = (kind: FrameFaultKind): boolean => CLOSE_KINDS.some((known) => known === kind)

/**
 * Faults of single frames, from `atMs` on (default at once), of `symbol` or of all; `after` and `every` count frames, and
 * of a closed candle's faults the minutes of its symbol that end after the rule was set; `everyMs`: at most once in each
 * such stretch of venue time; `count` firings at most, over all symbols. Of several rules the first that is due fires.
 */
export class FrameFaults {
  readonly #onFired: (kind: StreamFaultKind) => void
  #rules: FrameRule[] = []

  constructor(onFired: (kind: StreamFaultKind) => void) {
    this.#onFired = onFired
  }

  set(rules: readonly FaultRule[], now: number): void {
    this.#rules = rules.flatMap((rule) => {
      const kind = FRAME_KINDS.find((known) => known === rule.kind)
      if (kind === undefined) return []
      return [{ rule, kind, since: now, matched: 0, fired: 0, nextAt: now + (rule.atMs ?? 0) }]
    })
  }

  take(frame: StreamFrame): FrameFault | undefined {
    // Nearly always: the hot path.
    if (this.#rules.length === 0) return undefined
    let due: FrameFault | undefined
    for (const state of this.#rules) {
      if (!matches(state, frame)) continue
      state.matched += 1
      if (due || !isDue(state, frame)) continue
      due = { rule: state.rule, kind: state.kind, fired: state.fired }
      state.fired += 1
      const { everyMs } = state.rule
      if (everyMs !== undefined)
        state.nextAt += (Math.floor((frame.at - state.nextAt) / everyMs) + 1) * everyMs
      this.#onFired(state.kind)
    }
    return due
  }
}

function matches({ rule, kind }: FrameRule, frame: StreamFrame): boolean {
  if (rule.symbol !== undefined && rule.symbol !== frame.symbol) return false
  return !isCloseKind(kind) || frame.close !== undefined
}

function isDue(
  { rule, kind, since, matched, fired, nextAt }: FrameRule,
  { at, close }: StreamFrame,
): boolean {
  if (at < nextAt || fired >= (rule.count ?? Number.POSITIVE_INFINITY)) return false
  const number = close && isCloseKind(kind) ? 1 + (close.openTime - floorTo(since, MINUTE)) / MINUTE : matched
  const turn = number - (rule.after ?? 0)
  return turn > 0 && turn % (rule.every ?? 1) === 0
}
