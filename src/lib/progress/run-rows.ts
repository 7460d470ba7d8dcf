import type { RunEvents, Tier } from '../events.ts'
import { describeEnd, describePlan, describeProgress, isStreamScript } from './describe.ts'
import type { ProgressModel } from './progress-model.ts'

/** One row of `perp_status` to be. */
export interface StatusRow {
  readonly tier: Tier
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
}

const MOST_FAILED = 100

export function createRunningRow(
  model: ProgressModel,
  now: number,
  venueTime: number | undefined,
  beat?: string,
): StatusRow {
  const hasProgress = model.total.requests > 0 || model.total.rows > 0
  const message = beat ?? (hasProgress ? describeProgress(model, now) : describePlan(model))
  return { tier: 'Running', message, details: collectDetails(model, venueTime) }
}

export function createEndRow(
  model: ProgressModel,
  done: RunEvents['run:done'],
  venueTime: number | undefined,
): StatusRow {
  const { failed, ...summary } = done.summary
  const details = { ...collectDetails(model, venueTime), ...summary, failed: failed.slice(0, MOST_FAILED) }
  return { tier: done.tier, message: describeEnd(model), details }
}

/** What `status` needs to tell how far behind the data are. */
const placeOf = ({ params }: ProgressModel, venueTime: number | undefined): Record<string, unknown> => ({
  ...(typeof params.venue === 'string' ? { venue: params.venue } : {}),
  ...(venueTime === undefined ? {} : { venueTime }),
})

function collectDetails(model: ProgressModel, venueTime: number | undefined): Record<string, unknown> {
  const { counts, symbols, total, retries, figures } = model
  if (figures) {
    const { lagP50: p50, lagP99: p99, ...stream } = figures
    return { ...placeOf(model, venueTime), ...counts, ...stream, lag: { p50, p99 } }
  }
  return {
    ...placeOf(model, venueTime),
    ...counts,
    symbols,
    rowsPlanned: total.plannedRows,
    rowsDone: total.rows,
    retries,
  }
}

export interface Verdict {
  readonly success: boolean
  readonly failureType: string | null
}

/** Whether the run brought what it was asked for; a stream that was stopped did. */
export function judgeRun(
  script: string,
  { tier, summary }: RunEvents['run:done'],
  lastFailure: string | null,
): Verdict {
  if (tier === 'Failed') return { success: false, failureType: lastFailure ?? 'failed' }
  if (tier === 'Stopped' && !isStreamScript(script)) return { success: false, failureType: 'interrupted' }
  const isWhole = summary.failed.length === 0 && summary.errors === 0
  return isWhole ? { success: true, failureType: null } : { success: false, failureType: 'partial' }
}
