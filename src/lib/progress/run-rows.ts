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
): StatusRow {
  const hasProgress = model.total.requests > 0 || model.total.rows > 0
  const message = hasProgress ? describeProgress(model, now) : describePlan(model)
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

/** `venue` and `venueTime` are what `status` needs to tell how far behind the data are. */
function collectDetails(model: ProgressModel, venueTime: number | undefined): Record<string, unknown> {
  const { counts, symbols, total, retries, params } = model
  return {
    ...(typeof params.venue === 'string' ? { venue: params.venue } : {}),
    ...(venueTime === undefined ? {} : { venueTime }),
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
