import type { PositionSide } from '../liquidation-orders.ts'

/** A liquidation as the stream shows it. */
export interface ShownOrder {
  readonly symbol: string
  /** Venue time. */
  readonly time: number
  readonly positionSide: PositionSide
  readonly price: string
  /** In base asset. */
  readonly quantity: string
}

/** The frame of a closed candle in other forms, for faults. */
export interface CloseForms {
  /** Start of the minute. */
  readonly openTime: number
  /** The same, told at another time. */
  late(at: number): string
  /** Sane values that are not those of the candle. */
  wrong(): string
  /** The candle as it was in the middle of its minute, not closed. */
  stale(): string
}

/** One message of one stream. */
export interface StreamFrame {
  /** Venue time at which it is due. */
  readonly at: number
  readonly stream: string
  /** Null where it tells of many. */
  readonly symbol: string | null
  /** JSON, without the envelope. */
  readonly data: string
  readonly close?: CloseForms
  readonly order?: ShownOrder
}

/** The streams that somebody listens to. */
export interface Wanted {
  names(): Iterable<string>
  /** Grows whenever the names change. */
  readonly revision: number
}

/** What becomes due in `(after, upTo]`, venue time. */
export interface Stretch {
  readonly after: number
  readonly upTo: number
}

/** Makes the frames of a stretch, ascending by time within each stream; stretches come in order, without gaps. */
export interface StreamSource {
  frames(stretch: Stretch, wanted: Wanted): StreamFrame[]
}
