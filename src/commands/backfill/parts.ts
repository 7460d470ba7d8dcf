import type { PartName } from '../../lib/config/choices.ts'
import type { BackfillSettings } from '../../lib/config/settings.ts'
import { ConfigurationError } from '../../lib/errors.ts'
import type { Dataset } from '../../lib/model/market.ts'
import { Backfill, type BackfillOptions } from '../../lib/pipeline/backfill.ts'
import type { Lack } from '../../lib/pipeline/lack.ts'
import type { JobEstimate, PlannedWork } from '../../lib/plan/estimate.ts'
import { systemClock } from '../../lib/time/clock.ts'
import { createVenue } from '../../venues/index.ts'
import type { RunContext } from '../run/open-run.ts'
import { boundIndicators } from './bound-indicators.ts'
import type { Prepared } from './prepare.ts'
import { planIndicators, runIndicators } from './rsi-tv-part.ts'

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

const fetchPart = (datasets: readonly Dataset[]): Part => ({
  datasets,
  needs: [],
  plan: (context) => new Backfill(backfillOptions(context, datasets)).plan(),
  run: (context) => new Backfill(backfillOptions(context, datasets)).run(),
})

export const PARTS: Readonly<Record<PartName, Part>> = {
  ohlcv: fetchPart(['ohlcv', 'funding']),
  'oi-lsr': fetchPart(['oi', 'lsr']),
  lq: { ...fetchPart(['lq']), check: requireKey },
  'rsi-tv': {
    datasets: ['rsi', 'tv'],
    needs: ['ohlcv'],
    plan: planIndicators,
    bound: boundIndicators,
    run: runIndicators,
  },
}

function requireKey({ venue, venues, sim }: BackfillSettings): void {
  const lacks = sim ? undefined : createVenue(venue, venues).routes.lq?.api?.key?.lacks
  if (lacks) throw new ConfigurationError(lacks.reason, { hint: lacks.hint })
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
    symbols: prepared.symbols,
    datasets,
    range: prepared.range,
    concurrency: settings.concurrency * session.laneCount,
    isRefetch: settings.refetch,
    remembersWanted: true,
    venueNow: () => session.venueTime ?? prepared.now,
    readVenueTime: (abort) => session.readTime(abort),
  }
}
