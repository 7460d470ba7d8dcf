import type { ClaimHolder } from '../ports.ts'
import { formatDuration } from '../text/durations.ts'
import { formatUtc } from '../text/times.ts'

/** A run gives a sign of life each quarter of a minute. */
const SILENT = 60_000

/** What is waited for, who has it, and what ends the wait. */
export function describeClaimWait(what: string, holder: ClaimHolder | undefined): string {
  if (!holder?.run) return `${what} in the hands of another run: waiting for it`
  const { run, script, host, process, since, silentMs } = holder
  const who = `${what} in the hands of run ${run.slice(0, 8)} (${script}, process ${process} on ${host}, since ${formatUtc(since)})`
  if (silentMs < SILENT) return `${who}: waiting until it ends; --takeover ends it now`
  return `${who}, silent for ${formatDuration(silentMs)}: it is still there, stopped or cut off; let that process go on or end it, or end its sessions with --takeover`
}
