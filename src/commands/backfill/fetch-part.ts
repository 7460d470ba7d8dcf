import type { Dataset } from '../../lib/model/market.ts'
import { intersect, MINUTE, subtract, totalSpan } from '../../lib/model/window.ts'
import { ArchiveLoad, MOST_FILES, type ShelfPlan } from '../../lib/pipeline/archive/archive-load.ts'
import { Backfill } from '../../lib/pipeline/backfill.ts'
import { estimateApi, estimateFiles, isFilesBetter } from '../../lib/plan/choose-route.ts'
import { estimateJob, type JobEstimate, sumCosts } from '../../lib/plan/estimate.ts'
import { gapsOf, wantedOf } from '../../lib/plan/wanted.ts'
import { formatDuration } from '../../lib/text/durations.ts'
import { systemClock } from '../../lib/time/clock.ts'
import { backfillOptions, type Part, type PartContext, type PartResult } from './part.ts'

/** From so long a wait for the API on it is worth a line that there are files. */
const LONG_WAIT = 600_000

/** Rows that a venue has: from its API, or from its archive where that is chosen. */
export const fetchPart = (datasets: readonly Dataset[]): Part => ({
  datasets,
  needs: [],
  plan: (context) => planRoutes(context, datasets),
  run: (context) => runRoutes(context, datasets),
})

async function runRoutes(context: PartContext, datasets: readonly Dataset[]): Promise<PartResult> {
  const { source } = context.settings
  const options = backfillOptions(context, datasets)
  if (source === 'rest') await hintAtArchive(context, datasets)
  const load = source === 'rest' ? undefined : openLoad(context, datasets)
  if (!load) return new Backfill(options).run()
  const { gone } = context.prepared
  if (source === 'archive' || gone.length > 0 || (await isWorthIt(context, datasets, await load.plan()))) {
    await showTerms(context)
    await load.run()
    if (source === 'archive')
      return {
        lacks: [...(await load.lacks()), ...load.unread],
        absentMinutes: 0,
        unprovenMinutes: 0,
        expiredMinutes: 0,
      }
    const lacks = gone.length > 0 ? await load.lacks() : []
    // What files have brought anew need not be asked for once more.
    const rest = await new Backfill({ ...options, isRefetch: false }).run()
    const own = lacks.filter(({ symbol }) => gone.includes(symbol))
    return { ...rest, lacks: [...own, ...load.unread, ...rest.lacks] }
  }
  return new Backfill(options).run()
}

/** Undefined where the venue publishes no files of any of them. */
function openLoad(
  { run, settings, prepared, signal }: PartContext,
  datasets: readonly Dataset[],
): ArchiveLoad | undefined {
  const { venue, store, ledger, events, session } = run
  const { archive } = venue
  if (!archive?.kinds.some((kind) => kind.datasets.some((dataset) => datasets.includes(dataset))))
    return undefined
  return new ArchiveLoad({
    archive,
    venue,
    clientOf: (source) => session.bulkClientOf(source),
    store,
    ledger,
    events,
    clock: systemClock,
    signal,
    symbols: prepared.symbols,
    datasets,
    range: prepared.range,
    now: prepared.now,
    venueNow: () => session.venueTime ?? prepared.now,
    isRefetch: settings.refetch,
    refetchesChanged: settings.refetchChanged,
    isAlone: settings.source === 'archive',
    gone: prepared.gone,
  })
}

async function planRoutes(
  context: PartContext,
  datasets: readonly Dataset[],
): Promise<readonly JobEstimate[]> {
  const { source } = context.settings
  const load = source === 'rest' ? undefined : openLoad(context, datasets)
  const shelves = (await load?.plan()) ?? []
  const isUsed =
    source === 'archive' ||
    context.prepared.gone.length > 0 ||
    (shelves.length > 0 && (await isWorthIt(context, datasets, shelves)))
  if (!isUsed) return new Backfill(backfillOptions(context, datasets)).plan()
  const brought = shelves.flatMap((shelf) => shelf.jobs)
  if (source === 'archive') return brought
  const asked = await new Backfill(backfillOptions(context, datasets)).plan()
  return [...brought, ...asked.flatMap((job) => withoutFiles(context, job, brought))]
}

/** What is left of a job for the API. */
function withoutFiles(
  { run, prepared }: PartContext,
  { dataset, symbol, gaps }: JobEstimate,
  brought: readonly JobEstimate[],
): JobEstimate[] {
  const own = brought.filter((job) => job.dataset === dataset && job.symbol === symbol)
  const left = subtract(
    gaps,
    own.flatMap((job) => job.gaps),
  )
  const route = run.venue.routes[dataset]
  return route && left.length > 0 ? [estimateJob(route, symbol, left, prepared.now)] : []
}

/** What the API would have to be asked for, and what of the range it does not keep any more: by the coverage alone. */
async function planApi({ run, prepared, settings }: PartContext, datasets: readonly Dataset[]) {
  const jobs: JobEstimate[] = []
  let lacking = 0
  for (const dataset of datasets) {
    const route = run.venue.routes[dataset]
    if (!route) continue
    const names = prepared.symbols.map(({ symbol }) => symbol)
    const known = settings.refetch ? new Map() : await run.store.coverage(dataset, names)
    for (const { symbol } of prepared.symbols) {
      const start = run.venue.historyStart
      const { window, expired } = wantedOf(route, prepared.range, prepared.now, start)
      const covered = known.get(symbol)?.covered ?? []
      if (expired) lacking += totalSpan(subtract([expired], covered)) / MINUTE
      const gaps = window ? gapsOf(route, symbol, window, covered, prepared.now) : []
      if (gaps.length > 0) jobs.push(estimateJob(route, symbol, gaps, prepared.now))
    }
  }
  return { jobs, lacking }
}

async function estimateByApi(context: PartContext, datasets: readonly Dataset[]) {
  const { session } = context.run
  const { jobs, lacking } = await planApi(context, datasets)
  const requests = jobs.reduce((sum, job) => sum + job.requests, 0)
  const waitMs = session.waitForAll(sumCosts(jobs.map(({ costs }) => costs)))
  return {
    ms: estimateApi(waitMs, requests, context.settings.concurrency * session.laneCount),
    lacking,
    jobs,
  }
}

async function isWorthIt(
  context: PartContext,
  datasets: readonly Dataset[],
  shelves: readonly ShelfPlan[],
): Promise<boolean> {
  if (shelves.length === 0) return false
  // By what is missing alone a file that was replaced is never worth it.
  if (context.settings.refetchChanged) return true
  const { jobs, ...api } = await estimateByApi(context, datasets)
  const files = shelves.flatMap((shelf) => shelf.files)
  const windows = shelves.flatMap((shelf) => shelf.jobs)
  const alone = windows.reduce((sum, { dataset, symbol, gaps }) => {
    const asked = jobs.find((job) => job.dataset === dataset && job.symbol === symbol)?.gaps ?? []
    return sum + (totalSpan(gaps) - totalSpan(intersect(gaps, asked))) / MINUTE
  }, 0)
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  const ms = estimateFiles(2 * files.length + 2 * shelves.length, bytes, MOST_FILES)
  return isFilesBetter(api, { ms, lacking: Math.max(0, api.lacking - alone) })
}

/** The archive has terms of its own: it is named, and never slipped in. */
async function hintAtArchive(context: PartContext, datasets: readonly Dataset[]): Promise<void> {
  const { archive } = context.run.venue
  if (!archive?.kinds.some((kind) => kind.datasets.some((dataset) => datasets.includes(dataset)))) return
  const { ms, lacking } = await estimateByApi(context, datasets)
  if (ms < LONG_WAIT && lacking === 0) return
  const told = [
    ...(ms >= LONG_WAIT ? [`the API takes about ${formatDuration(ms)}`] : []),
    ...(lacking > 0 ? ['part of what is wanted is older than what the API keeps'] : []),
  ]
  const message = `${told.join(', and ')}: the archive of ${archive.api.host} may have it (--source auto; it has terms of its own)`
  context.run.events.emit('note', { message })
}

async function showTerms({ run }: PartContext): Promise<void> {
  const { archive } = run.venue
  if (!archive || !(await run.ledger.firstShown(archive.terms.version))) return
  for (const message of archive.terms.lines) run.events.emit('note', { message })
}
