import { StreamClaims } from '../../db/stream-claims.ts'
import type { StreamSettings } from '../../lib/config/settings.ts'
import { ConfigurationError, VenueRefusedError } from '../../lib/errors.ts'
import type { RunSummary } from '../../lib/events.ts'
import { EarlyFeed } from '../../lib/stream/early-feed.ts'
import type { LiveStream } from '../../lib/stream/live-stream.ts'
import { isInShare, type Share } from '../../lib/symbols/share.ts'
import { ownCommand } from '../../lib/text/own-command.ts'
import { systemClock } from '../../lib/time/clock.ts'
import type { RunContext } from '../run/open-run.ts'
import { type PreparedSymbols, prepareSymbols, type Refused } from '../run/prepare-symbols.ts'
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
  const opensEarly = isSure && !settings.standby && !settings.share
  const opened = !opensEarly ? undefined : stack.use(new EarlyFeed(createFeedOpener(run, settings), names))
  const onTakenOver = (): void => {
    progress.isTakenOver = true
    end.abort()
  }
  const { executionId, venue, database } = run
  const claims = stack.use(
    await StreamClaims.open({ url: database.url, venue: venue.name, executionId, onTakenOver }),
  )
  const taken = await takeSymbols(run, settings, names, claims, signal).catch((error: unknown) => {
    if (signal.aborted) return undefined
    throw error
  })
  // Whoever stood by until its time was over has nothing to end.
  if (!taken) return
  const { now, symbols, refused, ...read } = taken
  // What was written otherwise is no name that the feed knows.
  if (read.taken.length > 0) await opened?.[Symbol.asyncDispose]()
  const early = read.taken.length === 0 ? opened : undefined
  Object.assign(progress, { symbols: symbols.length, refused })
  if (symbols.length === 0) throw refuseAll(refused)
  const plan = { names: read.names, symbols, claims, folder, now, signal, early }
  progress.stream = await openStream(stack, run, settings, plan)
  await progress.stream.run()
}

type Taken = PreparedSymbols & { readonly now: number }

/** What was waited for may be long over: then the list is read anew, and what is new in it taken as well. */
async function takeSymbols(
  run: RunContext,
  { takeover, standby, share }: StreamSettings,
  names: readonly string[],
  claims: StreamClaims,
  signal: AbortSignal,
): Promise<Taken> {
  for (;;) {
    const now = await run.session.readTime(run.signal)
    const prepared = await prepareSymbols(run, names, { now, isSaved: true })
    const symbols = share
      ? prepared.symbols.filter(({ symbol }) => isInShare(symbol, share))
      : prepared.symbols
    if (share && symbols.length === 0 && prepared.symbols.length > 0) throw refuseShare(share)
    const wanted = symbols.map(({ symbol }) => symbol)
    const terms = { takesOver: takeover, standsBy: standby, signal }
    if (!(await claimSymbols(run, claims, wanted, terms))) return { ...prepared, symbols, now }
  }
}

const refuseShare = ({ index, count }: Share): ConfigurationError =>
  new ConfigurationError(`none of the symbols is in the share ${index}/${count}`, {
    hint: 'name more symbols, or fewer shares',
  })

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
  const { venue, since, sim, rsi, period, oiPoll, recheck, heartbeat, share } = settings
  return {
    venue,
    symbols: names,
    share: share ? `${share.index}/${share.count}` : null,
    since: since ?? null,
    sim,
    period: rsi ? period : null,
    oiPoll,
    recheck,
    heartbeat,
    lanes: session.laneCount,
  }
}
