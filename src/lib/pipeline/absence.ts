import { DAY, MINUTE, span, type Window } from '../model/window.ts'
import type { Evidence } from '../ports.ts'

/** Two answers from one moment share whatever ails the venue then: long silences are asked about this much later. */
export const AGREEMENT_PAUSE = 5 * MINUTE
/** The venue's listing and delisting times are true to the day, not to the minute. */
const WORD = DAY

/** What the venue's own list says of a symbol's life, and what follows from it for a stretch without rows. */
export interface Bounds {
  readonly listedSince: number | null
  /** The end of trading; null where there is none or nobody knows. */
  readonly endsAt: number | null
  /** A row is expected for each newest minute: nothing without a later row is its end. */
  readonly isLive: boolean
  /** It has sessions: long silences between two rows are normal. */
  readonly hasSessions: boolean
  /** The venue's time. */
  readonly now: number
  /** The longest stretch between two rows that is believed at once: one answer shows it whole. */
  readonly longestAtOnce: number
}

/** `closed`: both its ends are known; `open`: one end is, and beyond the other there is nothing; else no evidence. */
type Standing = 'closed' | 'open' | 'none'

const endsBefore = (evidence: Evidence, { listedSince }: Bounds): boolean =>
  evidence.after !== undefined && listedSince !== null && evidence.after <= listedSince + WORD

function beginsAfter({ stretch, before }: Evidence, { endsAt, now }: Bounds): boolean {
  if (endsAt === null || endsAt > now) return false
  return stretch.from >= endsAt || (before !== undefined && before >= endsAt - WORD)
}

/** Whether the venue's listing or delisting time explains why there is no row on one side. */
const isExplained = (evidence: Evidence, bounds: Bounds): boolean =>
  endsBefore(evidence, bounds) || beginsAfter(evidence, bounds)

function standingOf(evidence: Evidence, bounds: Bounds): Standing {
  const { before, after } = evidence
  if (before !== undefined && after !== undefined) return 'closed'
  if (isExplained(evidence, bounds)) return 'closed'
  if (after !== undefined) return 'open'
  return before !== undefined && !bounds.isLive ? 'open' : 'none'
}

/** Whether the evidence can count at all: it is kept for a later run. */
export const countsAsEvidence = (evidence: Evidence, bounds: Bounds): boolean =>
  standingOf(evidence, bounds) !== 'none'

/** Whether a second answer at the same moment may settle it. */
export function maySettleAtOnce(evidence: Evidence, bounds: Bounds): boolean {
  if (standingOf(evidence, bounds) !== 'closed') return false
  if (isExplained(evidence, bounds) || bounds.hasSessions) return true
  const { stretch, before = stretch.from, after = stretch.to } = evidence
  return after - before <= bounds.longestAtOnce
}

const areApart = (one: Evidence, other: Evidence): boolean =>
  one.run !== other.run || Math.abs(one.askedAt - other.askedAt) >= AGREEMENT_PAUSE

const sameShape = (one: Evidence, other: Evidence): boolean =>
  one.asked.from === other.asked.from && one.asked.to === other.asked.to

/** Whether it speaks of all of the stretch: that nothing comes after a row it says of everything after it. */
function covers(evidence: Evidence, stretch: Window, latest: Evidence): boolean {
  if (evidence.stretch.from > stretch.from) return false
  if (evidence.stretch.to >= stretch.to) return true
  return evidence.after === undefined && latest.after === undefined && evidence.before === latest.before
}

/**
 * Whether `stretch`, of which no answer has a row, is believed to be absent at the venue.
 *
 * An answer that lacks rows is a claim: a venue in trouble answers `[]`, cuts its answers, or loses a shard, and says
 * 200. So one answer never suffices, and neither does one that shows no row on either side of the stretch. Two answers
 * to different questions must agree, each with the row before and the first row after it (or the venue's own listing
 * or delisting time in the place of one). What is longer than an answer, or has no row on one side at all, was not
 * seen whole: there the two come from different runs or are minutes apart. Where a live symbol has no later row,
 * nothing is believed.
 */
export function isAbsent(stretch: Window, evidence: readonly Evidence[], bounds: Bounds): boolean {
  const latest = evidence.at(-1)
  if (!latest || span(stretch) <= 0) return false
  const counting = evidence.filter((one) => covers(one, stretch, latest) && countsAsEvidence(one, bounds))
  return counting.some((one, at) =>
    counting.slice(at + 1).some((other) => {
      if (areApart(one, other)) return true
      return !sameShape(one, other) && maySettleAtOnce(one, bounds) && maySettleAtOnce(other, bounds)
    }),
  )
}
