import type { PartName } from '../../lib/config/choices.ts'
import type { BackfillSettings } from '../../lib/config/settings.ts'
import type { RunSummary, Tier } from '../../lib/events.ts'
import { formatPlural } from '../../lib/text/numbers.ts'
import { systemClock } from '../../lib/time/clock.ts'
import type { RunContext } from '../run/open-run.ts'
import { tellError } from '../run/tell-error.ts'
import { PARTS } from './parts.ts'
import { type Prepared, prepareBackfill } from './prepare.ts'
import { retryAbsent } from './retry-absent.ts'
import { type PartOutcome, runParts } from './run-parts.ts'

export interface RunOutcome {
  readonly tier: 'Completed' | 'Stopped'
  readonly summary: RunSummary
  readonly parts: readonly PartOutcome[]
}

/** One run from `Started` to its last tier. Throws what ended it, after telling it as `Failed`. */
export async function runBackfill(
  run: RunContext,
  settings: BackfillSettings,
  names: readonly string[],
  parts: readonly PartName[],
): Promise<RunOutcome> {
  const { events, executionId, script, signal } = run
  const startedAt = systemClock.now()
  events.emit('run:start', { executionId, script, params: paramsOf(run, settings, names, parts) })
  let prepared: Prepared | undefined
  const told = new Set<unknown>()
  const finish = (
    tier: Exclude<Tier, 'Started' | 'Running'>,
    message: string,
    outcomes: readonly PartOutcome[] = [],
  ): RunSummary => {
    const seconds = (systemClock.now() - startedAt) / 1_000
    const summary = summarize(run, prepared, { parts, outcomes, seconds })
    events.emit('run:done', { tier, summary, message })
    return summary
  }
  try {
    prepared = await prepareBackfill(run, settings, names)
    const datasets = parts.flatMap((name) => PARTS[name].datasets)
    if (settings.retryAbsent) await retryAbsent(run, prepared, datasets)
    const outcomes = await runParts(parts, { run, settings, prepared, signal })
    for (const { error } of outcomes) {
      tellError(run, error)
      told.add(error)
    }
    const [first] = outcomes
    if (first && outcomes.every(({ error }) => error !== undefined)) throw first.error
    const summary = finish('Completed', conclude(prepared, outcomes), outcomes)
    return { tier: 'Completed', summary, parts: outcomes }
  } catch (error) {
    if (signal.aborted) {
      const message = 'interrupted; what was fetched is stored, the next run goes on from there'
      return { tier: 'Stopped', summary: finish('Stopped', message), parts: [] }
    }
    if (!told.has(error)) tellError(run, error)
    finish('Failed', error instanceof Error ? error.message : String(error))
    throw error
  }
}

function paramsOf(
  run: RunContext,
  settings: BackfillSettings,
  names: readonly string[],
  parts: readonly PartName[],
): Readonly<Record<string, unknown>> {
  const { venue, since, until, concurrency, refetch, sim, period, tvMethod } = settings
  return {
    venue,
    symbols: names,
    since,
    until: until ?? null,
    concurrency,
    refetch,
    retryAbsent: settings.retryAbsent,
    source: settings.source,
    sim,
    lanes: run.session.laneCount,
    ...(parts.length > 1 || parts.includes('rsi-tv') ? { parts } : {}),
    ...(parts.includes('rsi-tv') ? { period, tvMethod } : {}),
  }
}

function conclude({ refused }: Prepared, outcomes: readonly PartOutcome[]): string {
  const lacks = outcomes.flatMap(({ result }) => result?.lacks ?? [])
  const failed = outcomes.filter(({ error }) => error !== undefined)
  const count = lacks.length + refused.length
  const parts = failed.map(({ name }) => name).join(', ')
  if (failed.length > 0) return `${parts} failed`
  return count === 0
    ? 'all that can be had is stored'
    : `${formatPlural(count, 'job')} could not be completed`
}

function summarize(
  run: RunContext,
  prepared: Prepared | undefined,
  {
    parts,
    outcomes,
    seconds,
  }: { parts: readonly PartName[]; outcomes: readonly PartOutcome[]; seconds: number },
): RunSummary {
  const { weight: _, ...counts } = run.counter.counts
  const [dataset = 'ohlcv'] = parts.flatMap((name) => PARTS[name].datasets)
  const results = outcomes.flatMap(({ result }) => result ?? [])
  const lacks = results.flatMap((result) => result.lacks)
  const refused = (prepared?.refused ?? []).map(({ symbol, reason }) => ({ symbol, dataset, reason }))
  const failedParts = outcomes.flatMap(({ name, error }) =>
    error instanceof Error
      ? PARTS[name].datasets.map((each) => ({ symbol: 'all', dataset: each, reason: error.message }))
      : [],
  )
  return {
    symbols: (prepared?.symbols.length ?? 0) + refused.length,
    ...counts,
    failed: [...failedParts, ...refused, ...lacks.map(({ minutes: _minutes, ...lack }) => lack)],
    missingMinutes: lacks.reduce((total, lack) => total + lack.minutes, 0),
    absentMinutes: results.reduce((total, result) => total + result.absentMinutes, 0),
    unprovenMinutes: results.reduce((total, result) => total + result.unprovenMinutes, 0),
    expiredMinutes: results.reduce((total, result) => total + result.expiredMinutes, 0),
    seconds,
  }
}
