/** Deterministic: a rule counts the requests it matches and fires by that count alone. */
const REQUEST_FAULT_KINDS = [
  '500',
  '503',
  'html',
  'reset',
  'reset-early',
  'hang',
  'slow',
  'truncated-json',
  'garbage-json',
  'wrong-shape',
  'empty',
  'high-below-low',
  'negative',
  'nan',
  'duplicate-rows',
  'conflicting-rows',
  'hole',
  'shifted',
  'unsorted',
  '408',
  '403',
  '418',
  '429',
  '451',
  '202-challenge',
  'cut',
  'stale-checksum',
] as const

/** Faults of the live stream, which no request meets: see `StreamFaults` for when they fire. */
const STREAM_FAULT_KINDS = [
  'ws-disconnect',
  'ws-reset',
  'ws-refuse',
  'ws-stall',
  'ws-silent',
  'ws-no-close',
  'ws-duplicate',
  'ws-reorder',
  'ws-garbage',
  'ws-wrong-close',
  'ws-late-close',
] as const

/** What is wrong with files of the archive for as long as the rule stands, whoever asks and however often. */
const ARCHIVE_FAULT_KINDS = [
  'archive-missing',
  'archive-late',
  'archive-replaced',
  'archive-bad-crc',
  'archive-lacks-rows',
  'archive-other-values',
  'archive-doubled',
  'archive-unsorted',
  'archive-empty-cells',
  'archive-zero-interest',
  'archive-edge',
  'archive-stray',
] as const
export const FAULT_KINDS = [...REQUEST_FAULT_KINDS, ...STREAM_FAULT_KINDS, ...ARCHIVE_FAULT_KINDS] as const
export type FaultKind = (typeof FAULT_KINDS)[number]
export type StreamFaultKind = (typeof STREAM_FAULT_KINDS)[number]
export type ArchiveFaultKind = (typeof ARCHIVE_FAULT_KINDS)[number]

const streamKinds: ReadonlySet<string> = new Set(STREAM_FAULT_KINDS)
export const isStreamFault = (kind: FaultKind): kind is StreamFaultKind => streamKinds.has(kind)
const archiveKinds: ReadonlySet<string> = new Set(ARCHIVE_FAULT_KINDS)
export const isArchiveFault = (kind: FaultKind): kind is ArchiveFaultKind => archiveKinds.has(kind)

export interface FaultRule {
  readonly kind: FaultKind
  /** The request's path, or its end (`klines`). Of the archive: the end of a file's key or of its folder. */
  readonly path?: string
  readonly symbol?: string
  /** The client's address. */
  readonly address?: string
  /** Lets the first `after` matching requests pass. */
  readonly after?: number
  /** Of those that follow, hits each n-th (default each). */
  readonly every?: number
  /** Fires so many times at most. */
  readonly count?: number
  /** HTTP status of the kinds `html` (default 502) and `ws-refuse` (default 503). */
  readonly status?: number
  /**
   * Which of the three texts a 503 has: 0 unknown, 1 unavailable, 2 throttled; which kind of `ws-garbage`: 0 not JSON,
   * 1 cut off, 2 binary, 3 wrong types, 4 fields missing. Default one after the other.
   */
  readonly variant?: number
  /** Seconds in the Retry-After header of an answer that is no rows; no header without. */
  readonly retryAfter?: number
  /**
   * Length of a 418's ban (venue time, default two minutes), or pause between the drops of `slow` (default 250). Of the
   * stream, in venue time: how long `ws-refuse`, `ws-silent` and `ws-stall` last, how late `ws-late-close` is.
   */
  readonly ms?: number
  /** Stream only: venue time from the setting of the rule to its first effect. */
  readonly atMs?: number
  /** Stream only: venue time from one effect to the next. */
  readonly everyMs?: number
  /** Archive only: rows whose first cell tells a time in `[from, to)`, milliseconds; default all. */
  readonly from?: number
  readonly to?: number
  /** Archive only: the venue time at which a late file comes out or a file is replaced. */
  readonly at?: number
}

export interface RequestFacts {
  readonly path: string
  readonly symbol: string | null
  readonly address: string
}

export interface Fault {
  readonly rule: FaultRule
  /** How often this rule fired before. */
  readonly fired: number
}

interface Counter {
  readonly rule: FaultRule
  matched: number
  fired: number
}

export class FaultPlan {
  #counters: Counter[] = []

  constructor(rules: readonly FaultRule[] = []) {
    this.set(rules)
  }

  /** Replaces all rules; the new ones start to count at zero. Those of the stream and the archive are left out. */
  set(rules: readonly FaultRule[]): void {
    const own = rules.filter(({ kind }) => !isStreamFault(kind) && !isArchiveFault(kind))
    this.#counters = own.map((rule) => ({ rule, matched: 0, fired: 0 }))
  }

  /** The fault that this request meets. Every rule counts it, the first that is due fires. */
  next(request: RequestFacts): Fault | undefined {
    let due: Fault | undefined
    for (const counter of this.#counters) {
      if (!matches(counter.rule, request)) continue
      counter.matched += 1
      if (due || !isDue(counter)) continue
      due = { rule: counter.rule, fired: counter.fired }
      counter.fired += 1
    }
    return due
  }
}

function matches(rule: FaultRule, request: RequestFacts): boolean {
  if (rule.path !== undefined && !request.path.endsWith(rule.path)) return false
  if (rule.symbol !== undefined && rule.symbol !== request.symbol) return false
  return rule.address === undefined || rule.address === request.address
}

function isDue({ rule, matched, fired }: Counter): boolean {
  const turn = matched - (rule.after ?? 0)
  return turn > 0 && turn % (rule.every ?? 1) === 0 && fired < (rule.count ?? Number.POSITIVE_INFINITY)
}
