import { toNumber } from '../../model/decimal.ts'
import { MINUTE } from '../../model/window.ts'

const FLOW_SPAN = 5 * MINUTE
/** Sums that differ by less than this part of the larger cannot tell the two apart. */
const TOLERANCE = 0.001
/** Lets two zeros, or a zero and a rounding, be equal. */
const HAIR = 1e-9
/** A flow fits the sum that it is so many times nearer to: it need not count every trade that the candles count. */
const CLEARLY = 2
/** Fewer points than this may fit by chance. */
const LEAST_INFORMATIVE = 3
/** What must fit, out of 100 informative points. */
const LEAST_FITTING_PERCENT = 80

/** A flow over five minutes, buys and sells together, in the unit of the candles' volume. */
export interface FlowPoint {
  /** The venue's label: the start or the end of the five minutes. */
  readonly ts: number
  readonly total: string
}

export interface FlowLabel {
  readonly label: 'start' | 'end' | 'unknown'
  /** Points that could tell the two apart, and how many of them fit which window. */
  readonly informative: number
  readonly fitsStart: number
  readonly fitsEnd: number
}

/**
 * Whether 5-minute flows are labelled by the start or by the end of their five minutes, told by the volumes of the
 * one-minute candles. `volumeAt` gives the volume of the minute that starts at `ts`, undefined where it is not known.
 *
 * A point is informative where all candles of both `[ts, ts + 5m)` and `[ts − 5m, ts)` are known and their sums differ
 * by more than the tolerance: a flat market fits either. A point fits the sum that it is clearly nearer to, or neither.
 * The label is what at least 80 % of at least three informative points fit.
 */
export function decideFlowLabel(
  points: Iterable<FlowPoint>,
  volumeAt: (ts: number) => string | undefined,
): FlowLabel {
  let informative = 0
  let fitsStart = 0
  let fitsEnd = 0
  for (const { ts, total } of points) {
    const after = sumVolumes(ts, volumeAt)
    const before = sumVolumes(ts - FLOW_SPAN, volumeAt)
    if (Number.isNaN(after + before) || isNear(after, before)) continue
    const flow = toNumber(total)
    informative += 1
    const [offAfter, offBefore] = [Math.abs(flow - after), Math.abs(flow - before)]
    if (offAfter * CLEARLY <= offBefore) fitsStart += 1
    if (offBefore * CLEARLY <= offAfter) fitsEnd += 1
  }
  const label = leads(fitsStart, informative) ? 'start' : leads(fitsEnd, informative) ? 'end' : 'unknown'
  return { label, informative, fitsStart, fitsEnd }
}

/** Of the five minutes from `from`; NaN where one is not known. Doubles will do: the tolerance is far wider. */
function sumVolumes(from: number, volumeAt: (ts: number) => string | undefined): number {
  let sum = 0
  for (let ts = from; ts < from + FLOW_SPAN; ts += MINUTE) sum += toNumber(volumeAt(ts) ?? '')
  return sum
}

const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= TOLERANCE * Math.max(a, b) + HAIR

const leads = (fitting: number, informative: number): boolean =>
  informative >= LEAST_INFORMATIVE && fitting * 100 >= informative * LEAST_FITTING_PERCENT
