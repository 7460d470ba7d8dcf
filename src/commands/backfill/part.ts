import type { PartName } from '../../lib/config/choices.ts'
import type { BackfillSettings } from '../../lib/config/settings.ts'
import type { Dataset } from '../../lib/model/market.ts'
import type { BackfillOptions } from '../../lib/pipeline/backfill.ts'
import type { Lack } from '../../lib/pipeline/lack.ts'
import type { JobEstimate, PlannedWork } from '../../lib/plan/estimate.ts'
import { systemClock } from '../../lib/time/clock.ts'
import type { RunContext } from '../run/open-run.ts'
import type { Prepared } from './prepare.ts'

/** What a part could not bring in, and what nobody can. */
export interface PartResult {
  readonly lacks: readonly Lack[]
  readonly absentMinutes: number
  readonly unprovenMinutes: number
  readonly expiredMinutes: number
}

export interface PartContext {
  readonly run: RunContext
  readonly settings: BackfillSettings
  readonly prepared: Prepared
  readonly signal: AbortSignal
}

/** One kind of data that a command brings in. */
export interface Part {
  readonly datasets: readonly Dataset[]
  /** Parts that must have ended before. */
  readonly needs: readonly PartName[]
  /** Throws where the user has to do something first. */
  check?(settings: BackfillSettings): void
  plan(context: PartContext): Promise<readonly JobEstimate[]>
  /** The most that there is to do once what it needs has ended. */
  bound?(context: PartContext): Promise<readonly PlannedWork[]>
  run(context: PartContext): Promise<PartResult>
}

export function backfillOptions(
  { run, settings, prepared, signal }: PartContext,
  datasets: readonly Dataset[],
): BackfillOptions {
  const { session, store, venue, events } = run
  return {
    venue,
    clientOf: (source) => session.bulkClientOf(source),
    store,
    events,
    clock: systemClock,
    signal,
    run: run.executionId,
    symbols: prepared.symbols.filter(({ symbol }) => !prepared.gone.includes(symbol)),
    datasets,
    range: prepared.range,
    concurrency: settings.concurrency * session.laneCount,
    isRefetch: settings.refetch,
    remembersWanted: true,
    venueNow: () => session.venueTime ?? prepared.now,
    readVenueTime: (abort) => session.readTime(abort),
  }
}
