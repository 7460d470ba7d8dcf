import type { StreamSettings } from '../../lib/config/settings.ts'
import { VenueRefusedError } from '../../lib/errors.ts'
import type { RunSummary } from '../../lib/events.ts'
import { EarlyFeed } from '../../lib/stream/early-feed.ts'
import type { LiveStream } from '../../lib/stream/live-stream.ts'
import { ownCommand } from '../../lib/text/own-command.ts'
import { systemClock } from '../../lib/time/clock.ts'
import type { RunContext } from '../run/open-run.ts'
import { prepareSymbols, type Refused } from '../run/prepare-symbols.ts'
import { tellError } from '../run/tell-error.ts'
import { claimSymbols } from './claim-symbols.ts'
import { createFeedOpener, openStream } from './open-stream.ts'

export interface StreamOutcome {
  readonly summary: RunSummary
  readonly message: string
}

/** What is known of a stream by the time it ends. */
interface Progress {
  symbols: number
  refused: readonly Refused[]
  stream?: LiveStream
  isTakenOver: boolean
}

export interface StreamRequest {
  readonly settings: StreamSettings
  readonly names: readonly string[]
  /** Where rows wait while the database is away. */
  readonly folder: string
}

/** One stream from `Started` to `Stopped`. Throws what ended it otherwise, after telling it as `Failed`. */
export async function runStream(run: RunContext, request: StreamRequest): Promise<StreamOutcome> {
  const { events, executionId, script, signal } = run
  const startedAt = systemClock.now()
  const progress: Progress = { symbols: 0, refused: [], isTakenOver: false }
  events.emit('run:start', { executionId, script, params: paramsOf(run, request) })
  const finish = (tier: 'Stopped' | 'Failed', message: string): StreamOutcome => {
    const summary = summarize(run, progress, (systemClock.now() - startedAt) / 1_000)
    events.emit('run:done', { tier, summary, message })
    return { summary, message }
  }
  try {
    await stream(run, request, progress)
    return finish('Stopped', describeStop(progress, signal))
  } catch (error) {
    if (signal.aborted) return finish('Stopped', describeStop(progress, signal))
    tellError(run, error)
    finish('Failed', error instanceof Error ? error.message : String(error))
    throw error
  }
}

async function stream(
  run: RunContext,
  { settings, names, folder }: StreamRequest,
  progress: Progress,
): Promise<void> {
  const end = new AbortController()
  const limits = settings.for === undefined ? [] : [AbortSignal.timeout(settings.for)]
  const signal = AbortSignal.any([run.signal, end.signal, ...limits])
  await using stack = new AsyncDisposableStack()
  // It does not wait for answers, which may have to wait for a budget.
  const isAll = names.some((name) => name.toLowerCase() === 'all')
  const isSure =
    !isAll && names.every((name) => name === name.toUpperCase() && /^[\p{L}\p{N}_-]+$/u.test(name))
  const opened = !isSure ? undefined : stack.use(new EarlyFeed(createFeedOpener(run, settings), names))
  const now = await run.session.readTime(run.signal)
  const { symbols, refused, ...read } = await prepareSymbols(run, names, { now, isSaved: true })
  // What was written otherwise is no name that the feed knows.
  if (read.taken.length > 0) await opened?.[Symbol.asyncDispose]()
  const early = read.taken.length === 0 ? opened : undefined
  Object.assign(progress, { symbols: symbols.length, refused })
  if (symbols.length === 0) throw refuseAll(refused)
  const onTakenOver = (): void => {
    progress.isTakenOver = true
    end.abort()
  }
  const wanted = symbols.map(({ symbol }) => symbol)
  const claims = await claimSymbols(run, wanted, { takesOver: settings.takeover, onTakenOver })
  const plan = { names: read.names, symbols, claims, folder, now, signal, early }
  progress.stream = await openStream(stack, run, settings, plan)
  await progress.stream.run()
}

const refuseAll = (refused: readonly Refused[]): VenueRefusedError =>
  new VenueRefusedError(
    `nothing to stream: ${refused.map(({ symbol, reason }) => `${symbol}: ${reason}`).join('; ')}`,
    { hint: `${ownCommand('status')} shows the symbols that are known` },
  )

function describeStop({ isTakenOver, stream: live }: Progress, signal: AbortSignal): string {
  if (isTakenOver) return 'another stream goes on in its place'
  const isStored = (live?.figures.spooled ?? 0) === 0
  const rest = isStored ? 'what came is stored' : 'what came waits on the disk, the next stream writes it'
  return `${signal.aborted ? 'interrupted' : 'its time is over'}; ${rest}`
}

function summarize(
  run: RunContext,
  { symbols, refused, stream: live }: Progress,
  seconds: number,
): RunSummary {
  const { weight: _, ...counts } = run.counter.counts
  return {
    symbols: symbols + refused.length,
    ...counts,
    failed: refused.map(({ symbol, reason }) => ({ symbol, dataset: 'ohlcv', reason })),
    missingMinutes: live?.figures.missingMinutes ?? 0,
    absentMinutes: 0,
    unprovenMinutes: 0,
    expiredMinutes: 0,
    seconds,
  }
}

function paramsOf(
  { session }: RunContext,
  { settings, names }: StreamRequest,
): Readonly<Record<string, unknown>> {
  const { venue, since, sim, rsi, period, oiPoll, recheck, heartbeat } = settings
  return {
    venue,
    symbols: names,
    since: since ?? null,
    sim,
    period: rsi ? period : null,
    oiPoll,
    recheck,
    heartbeat,
    lanes: session.laneCount,
  }
}
