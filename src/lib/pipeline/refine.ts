import type { Dataset, Row, RowOf } from '../model/market.ts'
import { MINUTE, type Window } from '../model/window.ts'
import type { Basis } from '../ports.ts'

/** The rows of a page as they are stored, one per minute. */
export interface Refined<D extends Dataset> {
  readonly rows: readonly RowOf[D][]
  /** Parts of the window that cannot be made into rows yet: they stay a gap. */
  readonly lacking: readonly Window[]
  /** Why. */
  readonly reason: string
  /** The stored rows that went into them. */
  readonly basis?: readonly Basis[]
}

/** Makes the rows of a page, each of a whole step, into rows of minutes. `rows` oldest first. */
export type Refiner<D extends Dataset> = (
  symbol: string,
  rows: readonly RowOf[D][],
  window: Window,
) => Promise<Refined<D>>

export type Refiners = { readonly [D in Dataset]?: Refiner<D> }

/** What a row tells of its step holds in each of its minutes. */
export function spreadSteps<R extends Row>(rows: readonly R[], stepMs: number): readonly R[] {
  if (stepMs <= MINUTE) return rows
  const minutes = Array.from({ length: stepMs / MINUTE }, (_, at) => at * MINUTE)
  return rows.flatMap((row) => minutes.map((offset) => ({ ...row, ts: row.ts + offset })))
}
