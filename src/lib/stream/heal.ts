import type { Instant } from '../config/instants.ts'
import type { RunEventBus } from '../events.ts'
import type { Dataset } from '../model/market.ts'
import { Backfill, type BackfillResult } from '../pipeline/backfill.ts'
import type { ClientOf } from '../pipeline/fetch-page.ts'
import type { JobSymbol } from '../pipeline/job.ts'
import type { Store } from '../ports.ts'
import type { Clock } from '../time/clock.ts'
import type { Venue } from '../venue/venue.ts'

/** What all repairs of a stream work with. */
export interface HealContext {
  readonly venue: Venue
  readonly clientOf: ClientOf
  readonly store: Store
  readonly events: RunEventBus
  readonly clock: Clock
  readonly signal: AbortSignal
  /** The id of the run. */
  readonly run: string
  readonly concurrency: number
  readonly venueNow: () => number
  readonly readVenueTime: (signal: AbortSignal) => Promise<number>
}

export interface HealOrder {
  readonly symbols: readonly JobSymbol[]
  readonly datasets: readonly Dataset[]
  readonly since: Instant
  readonly until: number
  /** Ask for what is covered too. */
  readonly isRefetch?: boolean
}

/** Brings in what the coverage lacks in a window, by the same way as every backfill. */
export async function heal(
  context: HealContext,
  { symbols, datasets, since, until, isRefetch = false }: HealOrder,
): Promise<BackfillResult> {
  const range = { since, until }
  // Whoever wants it asks again by himself: no repair waits for the newest minute of another symbol.
  return new Backfill({ ...context, symbols, datasets, range, isRefetch, edgeTries: 1 }).run()
}
