import type { BackfillSettings } from '../../lib/config/settings.ts'
import { UsageError } from '../../lib/errors.ts'
import { isRangeEmpty, type Range } from '../../lib/plan/wanted.ts'
import { formatUtc } from '../../lib/text/times.ts'
import type { RunContext } from '../run/open-run.ts'
import { type PreparedSymbols, prepareSymbols } from '../run/prepare-symbols.ts'

/** What all parts of a run work on. */
export interface Prepared extends PreparedSymbols {
  readonly range: Range
  /** The venue's time at the start. */
  readonly now: number
}

/** Asks the venue for its time and list, and checks range and symbols. */
export async function prepareBackfill(
  run: RunContext,
  settings: BackfillSettings,
  names: readonly string[],
): Promise<Prepared> {
  const now = await run.session.readTime(run.signal)
  const { since, until } = settings
  const range = { since, until }
  if (isRangeEmpty(range, now, run.venue.historyStart)) {
    throw new UsageError('there is no whole minute between --since and --until', {
      hint: `give a --since before --until and before the venue's now, ${formatUtc(now)}`,
    })
  }
  const chosen = await prepareSymbols(run, names, {
    now,
    isSaved: !settings.dryRun,
    usesArchive: settings.source !== 'rest',
  })
  if (typeof range.until !== 'number' || range.until <= now) return { ...chosen, range, now }
  const message = `--until (${formatUtc(range.until)}) lies in the future: taken as now, ${formatUtc(now)}`
  run.events.emit('note', { message })
  return { ...chosen, taken: [message, ...chosen.taken], range, now }
}
