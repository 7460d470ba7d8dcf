import { hashAt, seriesSeed } from './hash.ts'

/** Period in minutes and the share of the base price by which that scale moves it, at most. */
const SCALES: readonly (readonly [number, number])[] = [
  [1, 0.0003],
  [6, 0.0007],
  [31, 0.002],
  [240, 0.006],
  [1_440, 0.014],
  [10_080, 0.04],
  [43_200, 0.1],
  [262_080, 0.25],
]
const FIRST_SERIES = 100

interface Segment {
  readonly series: number
  readonly period: number
  readonly amplitude: number
  index: number
  from: number
  slope: number
}

/**
 * The price at each minute boundary: hashed noise over several time scales, interpolated and summed. A pure function
 * of seed and minute, so that any stretch can be made without the history before it. Only + − × ÷ and rounding, so
 * that each machine gets the same ticks.
 */
export class PricePath {
  readonly #segments: readonly Segment[]
  readonly #baseTicks: number

  /** `baseTicks`: the middle of the price's range, in ticks; the price stays between 0.58 and 1.42 times that. */
  constructor(seed: number, baseTicks: number) {
    this.#baseTicks = baseTicks
    this.#segments = SCALES.map(([period, amplitude], scale) => ({
      series: seriesSeed(seed, FIRST_SERIES + scale),
      period,
      amplitude,
      index: Number.NaN,
      from: 0,
      slope: 0,
    }))
  }

  /** Ticks, a whole number. */
  at(minute: number): number {
    let sum = 0
    for (const segment of this.#segments) {
      const index = Math.floor(minute / segment.period)
      if (index !== segment.index) moveTo(segment, index)
      sum += segment.from + segment.slope * (minute - index * segment.period)
    }
    return Math.round(this.#baseTicks * (1 + sum))
  }
}

/** Signed noise in [−1, 1). */
const noiseAt = (series: number, index: number): number => hashAt(series, index) / 2_147_483_648 - 1

function moveTo(segment: Segment, index: number): void {
  const from = noiseAt(segment.series, index) * segment.amplitude
  const to = noiseAt(segment.series, index + 1) * segment.amplitude
  segment.index = index
  segment.from = from
  segment.slope = (to - from) / segment.period
}
