import { sumDecimals } from '../../model/exact-decimal.ts'
import { ceilTo, floorTo, intersect, MINUTE, span, subtract, type Window } from '../../model/window.ts'
import type { ClientOf } from '../../pipeline/fetch-page.ts'
import { oldestKept } from '../../plan/wanted.ts'
import type { Store, VolumeReader } from '../../ports.ts'
import type { Route } from '../../venue/route.ts'
import { decideFlowLabel, type FlowLabel } from '../math/flow-label.ts'
import { findKnownCandles } from './known-candles.ts'

const FLOW = 5 * MINUTE
/** Points of a sample: a day. */
const SAMPLE = 288
/** Symbols that are asked for a sample before nothing can be decided. */
const MOST_SAMPLES = 5

export interface LabelNeeds {
  /** Its labels are taken for starts. */
  readonly route: Route<'tv'>
  readonly clientOf: ClientOf
  readonly store: Pick<Store, 'coverage'>
  readonly reader: VolumeReader
  readonly signal: AbortSignal
  /** The venue's time. */
  readonly now: number
}

/** Whether sums over five minutes are labelled by their start or their end, told by the candles of a day. */
export async function decideLabel(
  jobs: readonly { readonly symbol: string; readonly window: Window }[],
  needs: LabelNeeds,
): Promise<FlowLabel> {
  let last: FlowLabel = { label: 'unknown', informative: 0, fitsStart: 0, fitsEnd: 0 }
  let samples = 0
  for (const { symbol, window } of jobs) {
    if (samples >= MOST_SAMPLES) break
    const sample = await chooseSample(symbol, window, needs)
    if (!sample) continue
    samples += 1
    last = await readSample(symbol, sample, needs)
    if (last.label !== 'unknown') break
  }
  return last
}

/** Where there are candles: what is absent at the venue has nothing to compare with. */
async function candlesIn(
  symbol: string,
  wanted: readonly Window[],
  needs: Pick<LabelNeeds, 'store' | 'reader'>,
): Promise<Window[]> {
  const [first, last] = [wanted[0], wanted.at(-1)]
  if (!first || !last) return []
  const { windows, absent } = await findKnownCandles(symbol, { from: first.from, to: last.to }, needs)
  return subtract(intersect(wanted, windows), absent)
}

/** Whether a sum of any of these windows could be spread over candles: otherwise it does not matter what labels mean. */
export async function hasCandles(
  jobs: readonly { readonly symbol: string; readonly gaps: readonly Window[] }[],
  needs: Pick<LabelNeeds, 'store' | 'reader'>,
): Promise<boolean> {
  for (const { symbol, gaps } of jobs) if ((await candlesIn(symbol, gaps, needs)).length > 0) return true
  return false
}

/** A day of known candles that ends as late as they do, with five minutes of them on either side. */
async function chooseSample(symbol: string, window: Window, needs: LabelNeeds): Promise<Window | undefined> {
  // What is missing may be no more than the newest five minutes: the day before tells as well.
  const day = { from: Math.min(window.from, window.to - (SAMPLE + 2) * FLOW), to: window.to }
  const [longest] = (await candlesIn(symbol, [day], needs)).toSorted((a, b) => span(b) - span(a))
  if (!longest) return undefined
  const to = floorTo(longest.to, FLOW) - FLOW
  const oldest = oldestKept(needs.route, needs.now) ?? 0
  const from = Math.max(ceilTo(longest.from, FLOW) + FLOW, to - SAMPLE * FLOW, oldest)
  return from < to ? { from, to } : undefined
}

async function readSample(symbol: string, sample: Window, needs: LabelNeeds): Promise<FlowLabel> {
  const { route, clientOf, reader, signal } = needs
  const [question] = route.questions
  const request = question.request(symbol, sample)
  const parse = (payload: unknown) => question.parse(payload, symbol, sample, sample)
  const { value } = await clientOf(route).fetch({ request, parse }, signal)
  const candles = await reader.volumes(symbol, { from: sample.from - FLOW, to: sample.to + FLOW })
  const volumes = new Map(candles.map(({ ts, volume }) => [ts, volume]))
  const points = value.rows.map(({ sampledAt, buyVolume, sellVolume }) => ({
    ts: sampledAt,
    total: sumDecimals([buyVolume, sellVolume]),
  }))
  return decideFlowLabel(points, (ts) => volumes.get(ts))
}
