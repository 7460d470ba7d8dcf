import { resolveInstant } from '../../lib/config/instants.ts'
import { Derivation } from '../../lib/derive/derivation.ts'
import type { FlowLabel } from '../../lib/derive/math/flow-label.ts'
import { decideLabel, hasCandles } from '../../lib/derive/taker/decide-label.ts'
import { ExactTakerVolume } from '../../lib/derive/taker/exact.ts'
import { findMissingCandles } from '../../lib/derive/taker/known-candles.ts'
import { createFlowSpreader } from '../../lib/derive/taker/spread-flows.ts'
import { DAY, MINUTE, totalSpan, type Window } from '../../lib/model/window.ts'
import { Backfill, type BackfillOptions } from '../../lib/pipeline/backfill.ts'
import type { Lack } from '../../lib/pipeline/lack.ts'
import { type JobEstimate, sumWork } from '../../lib/plan/estimate.ts'
import { wantedOf } from '../../lib/plan/wanted.ts'
import { madeOfCandles } from '../../lib/plan/wanted-series.ts'
import { systemClock } from '../../lib/time/clock.ts'
import { backfillOptions, type PartContext, type PartResult } from './part.ts'

/** RSI, the index and taker volume: side by side, all from stored candles. */
export async function runIndicators(context: PartContext): Promise<PartResult> {
  // The one needs the venue and the other does not: neither stops the other.
  const derived = createDerivation(context)
    .run()
    .then(({ lacks }) => ({ lacks }))
  const ends = await Promise.allSettled([derived, runTakerVolume(context)])
  const results = ends.map((end): { readonly lacks: readonly Lack[] } & Partial<PartResult> => {
    if (end.status === 'rejected') throw end.reason
    return end.value
  })
  return {
    lacks: results.flatMap(({ lacks }) => lacks),
    // Minutes without an RSI are not the venue's lack.
    absentMinutes: results.reduce((sum, { absentMinutes = 0 }) => sum + absentMinutes, 0),
    unprovenMinutes: results.reduce((sum, { unprovenMinutes = 0 }) => sum + unprovenMinutes, 0),
    expiredMinutes: results.reduce((sum, { expiredMinutes = 0 }) => sum + expiredMinutes, 0),
  }
}

export async function planIndicators(context: PartContext): Promise<readonly JobEstimate[]> {
  return [...(await createDerivation(context).plan()), ...(await planTakerVolume(context))]
}

function createDerivation({ run, settings, prepared, signal }: PartContext): Derivation {
  const { store, candles, events, venue } = run
  const { range, symbols } = prepared
  const now = nowOf(run, prepared)
  return new Derivation({
    store,
    candles,
    events,
    clock: systemClock,
    signal,
    symbols: symbols.map(({ symbol }) => symbol),
    period: settings.period,
    since: range.since === 'listing' ? venue.historyStart : resolveInstant(range.since, now),
    until: range.until === undefined ? undefined : Math.min(now, resolveInstant(range.until, now)),
    now,
    isRefetch: settings.refetch,
  })
}

async function runTakerVolume(context: PartContext): Promise<PartResult> {
  return context.settings.tvMethod === 'exact' ? runExact(context) : runWeighted(context)
}

async function planTakerVolume(context: PartContext): Promise<readonly JobEstimate[]> {
  if (context.settings.tvMethod === 'weighted') return new Backfill(takerOptions(context)).plan()
  const exact = createExact(context)
  if (!exact) return []
  const estimates: JobEstimate[] = []
  for (const { symbol } of context.prepared.symbols) {
    const gaps = await exact.plan(symbol)
    if (gaps.length > 0)
      estimates.push({ dataset: 'tv', symbol, gaps, requests: 0, rows: totalSpan(gaps) / MINUTE, costs: {} })
  }
  return estimates
}

/** Candles may have been fetched for hours since the start. */
const nowOf = ({ session }: PartContext['run'], prepared: PartContext['prepared']): number =>
  session.venueTime ?? prepared.now

function createExact({ run, prepared, signal }: PartContext): ExactTakerVolume | undefined {
  const now = nowOf(run, prepared)
  const { store, volumes: reader, events, venue } = run
  const { ohlcv } = venue.routes
  const { window: wanted } = ohlcv
    ? wantedOf(ohlcv, prepared.range, now, venue.historyStart)
    : { window: undefined }
  return wanted && new ExactTakerVolume({ store, reader, events, signal, wanted, now })
}

async function runExact(context: PartContext): Promise<PartResult> {
  const exact = createExact(context)
  const lacks: Lack[] = []
  const planned = await planTakerVolume(context)
  await context.run.store.saveWanted(
    planned.map(({ symbol, gaps }) => madeOfCandles({ symbol, dataset: 'tv' }, hull(gaps))),
  )
  if (planned.length > 0) {
    const symbols = context.prepared.symbols.length
    context.run.events.emit('run:plan', { symbols, jobs: sumWork(planned) })
  }
  for (const { symbol } of exact ? context.prepared.symbols : []) {
    const lack = await exact?.run(symbol)
    if (lack) lacks.push(lack)
  }
  return { lacks, absentMinutes: 0, unprovenMinutes: 0, expiredMinutes: 0 }
}

function takerOptions(context: PartContext): BackfillOptions {
  const { store, volumes: reader, venue } = context.run
  const stepMs = venue.routes.tv?.stepMs ?? MINUTE
  return {
    ...backfillOptions(context, ['tv']),
    refiners: { tv: createFlowSpreader({ store, reader }) },
    findObstacles: (symbol, lacking, now) =>
      findMissingCandles(symbol, lacking, now, stepMs, { store, reader }),
  }
}

/** The label is decided first, and only where there is something to fetch. */
async function runWeighted(context: PartContext): Promise<PartResult> {
  const { run, signal } = context
  const now = nowOf(run, context.prepared)
  const { store, volumes: reader, events, session, venue } = run
  const route = venue.routes.tv
  const backfill = new Backfill(takerOptions(context))
  const planned = route ? await backfill.plan() : []
  if (!route || planned.length === 0) return backfill.run()
  const clientOf = session.clientOf.bind(session)
  const wanted = new Map(planned.map(({ symbol, gaps }) => [symbol, hull(gaps)]))
  // What nothing is missing of can tell as well.
  const others = context.prepared.symbols.filter(({ symbol }) => !wanted.has(symbol))
  const lastDay = others.map(({ symbol }) => [symbol, { from: now - DAY, to: now }] as const)
  const jobs = [...wanted, ...lastDay].map(([symbol, window]) => ({ symbol, window }))
  const found = await decideLabel(jobs, { route, clientOf, store, reader, signal, now })
  const matters = found.informative > 0 || (await hasCandles(planned, { store, reader }))
  if (found.label === 'unknown' && matters) {
    events.emit('note', { message: describeLabel(found, venue.name) })
    const message = `tv: ${UNKNOWN}`
    events.emit('failure', { type: 'label_unknown', message, details: { ...found }, severity: 'error' })
    return { lacks: lackAll(planned), absentMinutes: 0, unprovenMinutes: 0, expiredMinutes: 0 }
  }
  if (found.label !== 'unknown') events.emit('note', { message: describeLabel(found, venue.name) })
  const tv = route.labelledBy(found.label === 'end' ? 'end' : 'start')
  const labelled = { ...venue, routes: { ...venue.routes, tv } }
  return new Backfill({ ...takerOptions(context), venue: labelled }).run()
}

const hull = (gaps: readonly Window[]): Window => ({ from: gaps[0]?.from ?? 0, to: gaps.at(-1)?.to ?? 0 })

function describeLabel({ label, informative, fitsStart, fitsEnd }: FlowLabel, venue: string): string {
  const counts = `of ${informative} sums ${fitsStart} fit the minutes after their timestamp and ${fitsEnd} those before`
  return label === 'unknown'
    ? `taker volume of ${venue}: it cannot be told what its timestamps mean (${counts})`
    : `taker volume of ${venue} is labelled by the ${label} of its five minutes (${counts})`
}

const UNKNOWN =
  'the stored candles do not tell whether the timestamps are the start or the end of five minutes: store more of them, or use --tv-method exact'

function lackAll(planned: readonly JobEstimate[]): Lack[] {
  return planned.map(({ symbol, gaps }) => ({
    symbol,
    dataset: 'tv',
    minutes: totalSpan(gaps) / MINUTE,
    reason: UNKNOWN,
  }))
}
