import type { BackfillSettings } from '../../lib/config/settings.ts'
import {
  DatabaseError,
  PerpctlError,
  UsageError,
  VenueRefusedError,
  VenueUnavailableError,
} from '../../lib/errors.ts'
import type { RunSummary, Tier } from '../../lib/events.ts'
import type { Dataset } from '../../lib/model/market.ts'
import { MINUTE } from '../../lib/model/window.ts'
import { Backfill, type BackfillResult } from '../../lib/pipeline/backfill.ts'
import { type Range, wantedWindow } from '../../lib/plan/wanted.ts'
import { type ChosenSymbol, chooseSymbols, findNearMatches } from '../../lib/symbols/choose-symbols.ts'
import { formatPlural } from '../../lib/text/numbers.ts'
import { formatUtc } from '../../lib/text/times.ts'
import { systemClock } from '../../lib/time/clock.ts'
import type { Listing } from '../../lib/venue.ts'
import type { RunContext } from './open-run.ts'

interface Refused {
  readonly symbol: string
  readonly reason: string
}

export interface Prepared {
  readonly backfill: Backfill
  readonly symbols: number
  /** Symbols that the venue does not know, with near matches. */
  readonly refused: readonly Refused[]
}

/** Asks the venue for its time and list, checks the symbols, and sets the work up. */
export async function prepareBackfill(
  run: RunContext,
  settings: BackfillSettings,
  names: readonly string[],
  datasets: readonly Dataset[],
): Promise<Prepared> {
  const { session, signal, store, venue } = run
  const now = await session.readTime(signal)
  const listing = await session.readListing(signal)
  if (!settings.dryRun) await store.saveInstruments(listing.instruments, now)
  const chosen = chooseSymbols(names, listing.instruments, venue)
  requireRange(settings, now, venue.historyStart)
  if (chosen.length === 0) {
    throw new VenueUnavailableError(`${venue.host} lists no tradable USDT perpetual`, {
      hint: 'run the same command again later, or name the symbols with --symbols',
    })
  }
  const refused = await refuseUnknown(run, chosen, listing, now)
  const symbols = chosen.filter(({ symbol }) => !refused.some((other) => other.symbol === symbol))
  const backfill = new Backfill({
    venue,
    client: session.client,
    store,
    events: run.events,
    clock: systemClock,
    signal,
    symbols,
    datasets,
    range: rangeOf(settings),
    concurrency: settings.concurrency * session.laneCount,
    isRefetch: settings.refetch,
    readVenueTime: (abort) => session.readTime(abort),
  })
  return { backfill, symbols: chosen.length, refused }
}

function rangeOf({ since, until }: BackfillSettings): Range {
  return { since, until: until === 'listing' ? undefined : until }
}

function requireRange(settings: BackfillSettings, now: number, historyStart: number): void {
  if (wantedWindow(rangeOf(settings), now, historyStart)) return
  throw new UsageError('there is no whole minute between --since and --until', {
    hint: `give a --since before --until and before the venue's now, ${formatUtc(now)}`,
  })
}

/** A symbol that is not listed may be a delisted one: only the venue's own answer tells. */
async function refuseUnknown(
  run: RunContext,
  chosen: readonly ChosenSymbol[],
  listing: Listing,
  now: number,
): Promise<Refused[]> {
  const { session, signal, venue, events } = run
  const source = venue.sources.ohlcv
  const refused: Refused[] = []
  for (const { symbol } of chosen.filter(({ isListed }) => !isListed)) {
    try {
      const request = source?.firstRequest?.(symbol, { from: now - MINUTE, to: now })
      if (request) await session.client.fetch({ request, parse: () => undefined }, signal)
    } catch (error) {
      if (!(error instanceof VenueRefusedError)) throw error
      const near = findNearMatches(symbol, listing.instruments)
      const reason = `${error.message}${near.length > 0 ? `; did you mean ${near.join(', ')}?` : ''}`
      refused.push({ symbol, reason })
      const details = { ...error.details, symbol, near }
      events.emit('failure', {
        type: error.code,
        message: `${symbol}: ${reason}`,
        details,
        severity: 'error',
      })
    }
  }
  return refused
}

export interface RunOutcome {
  readonly tier: 'Completed' | 'Stopped'
  readonly summary: RunSummary
}

/** One run from `Started` to its last tier. Throws what ended it, after telling it as `Failed`. */
export async function runBackfill(
  run: RunContext,
  settings: BackfillSettings,
  names: readonly string[],
  datasets: readonly Dataset[],
): Promise<RunOutcome> {
  const { events, executionId, script, signal } = run
  const startedAt = systemClock.now()
  const { since, until, concurrency, refetch, sim } = settings
  const params = {
    venue: settings.venue,
    symbols: names,
    since,
    until: until ?? null,
    concurrency,
    refetch,
    sim,
    lanes: run.session.laneCount,
  }
  events.emit('run:start', { executionId, script, params })
  let prepared: Prepared | undefined
  const finish = (
    tier: Exclude<Tier, 'Started' | 'Running'>,
    message: string,
    result?: BackfillResult,
  ): RunSummary => {
    const seconds = (systemClock.now() - startedAt) / 1_000
    const summary = summarize(run, prepared, result, { datasets, seconds })
    events.emit('run:done', { tier, summary, message })
    return summary
  }
  try {
    prepared = await prepareBackfill(run, settings, names, datasets)
    const result = await prepared.backfill.run()
    return { tier: 'Completed', summary: finish('Completed', conclude(result, prepared), result) }
  } catch (error) {
    if (signal.aborted)
      return {
        tier: 'Stopped',
        summary: finish(
          'Stopped',
          'interrupted; what was fetched is stored, the next run goes on from there',
        ),
      }
    if (error instanceof PerpctlError && !(error instanceof DatabaseError)) {
      events.emit('failure', {
        type: error.code,
        message: error.message,
        details: error.details,
        severity: 'error',
      })
    }
    finish('Failed', error instanceof Error ? error.message : String(error))
    throw error
  }
}

function conclude({ lacks }: BackfillResult, { refused }: Prepared): string {
  const count = lacks.length + refused.length
  return count === 0
    ? 'all that the venue has is stored'
    : `${formatPlural(count, 'job')} could not be completed`
}

function summarize(
  run: RunContext,
  prepared: Prepared | undefined,
  result: BackfillResult | undefined,
  { datasets, seconds }: { datasets: readonly Dataset[]; seconds: number },
): RunSummary {
  const { weight: _, ...counts } = run.counter.counts
  const [dataset = 'ohlcv'] = datasets
  const refused = (prepared?.refused ?? []).map(({ symbol, reason }) => ({ symbol, dataset, reason }))
  const lacks = (result?.lacks ?? []).map((lack) => ({
    symbol: lack.symbol,
    dataset: lack.dataset,
    reason: lack.reason,
  }))
  return {
    symbols: prepared?.symbols ?? 0,
    ...counts,
    failed: [...refused, ...lacks],
    missingMinutes: (result?.lacks ?? []).reduce((total, lack) => total + lack.minutes, 0),
    absentMinutes: result?.absentMinutes ?? 0,
    seconds,
  }
}
