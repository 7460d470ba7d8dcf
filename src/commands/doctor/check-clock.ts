import { type Finding, findingsOf } from '../../lib/diagnosis/finding.ts'
import type { LaneProbe } from '../../lib/http/lane-probe.ts'
import { CLOCK_TOLERANCE, describeOffset } from './clock-offset.ts'

const report = findingsOf('clock')

/** The local clock against the venue's, by the quickest answer: half of its way is what it may be wrong by. */
export function checkVenueClock(probes: readonly LaneProbe<number>[], venue: string): Finding {
  const [best] = probes.flatMap(({ answers }) => answers).toSorted((a, b) => a.ms - b.ms)
  if (!best) return report.skipped('local clock', `${venue} did not tell its time`)
  const offsetMs = Math.round(best.receivedAt - best.ms / 2 - best.value)
  const details = {
    offsetMs,
    uncertaintyMs: Math.ceil(best.ms / 2),
    venueTime: new Date(best.value).toISOString(),
  }
  const message = `${describeOffset(offsetMs)} that of ${venue}`
  if (Math.abs(offsetMs) <= CLOCK_TOLERANCE) return report.ok('local clock', message, { details })
  return report.warning(
    'local clock',
    `${message}: times in logs and of cron are off by that; rows are not`,
    {
      hint: 'set the clock of this machine by NTP (timedatectl set-ntp true)',
      details,
    },
  )
}
