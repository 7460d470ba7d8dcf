import { resolveInstant } from '../../lib/config/instants.ts'
import type { Dataset } from '../../lib/model/market.ts'
import { intersect } from '../../lib/model/window.ts'
import { formatPlural } from '../../lib/text/numbers.ts'
import { longestFundingOf } from '../../venues/index.ts'
import type { RunContext } from '../run/open-run.ts'
import type { Prepared } from './prepare.ts'

/** Takes long absences that no evidence stands behind out of the coverage: this run then asks for them again. */
export async function retryAbsent(
  { store, venue, events }: RunContext,
  { symbols, range, now }: Prepared,
  datasets: readonly Dataset[],
): Promise<void> {
  const since = range.since === 'listing' ? venue.historyStart : resolveInstant(range.since, now)
  const until = range.until === undefined ? now : resolveInstant(range.until, now)
  const names = symbols.map(({ symbol }) => symbol)
  const known: ReadonlySet<string> = new Set(datasets)
  let count = 0
  for (const { symbol, dataset, ...stretch } of await store.suspects(names, longestFundingOf(venue))) {
    const windows = intersect([stretch], [{ from: since, to: until }])
    if (!known.has(dataset) || windows.length === 0) continue
    await store.uncover(dataset, symbol, windows)
    count += 1
  }
  const message = `${formatPlural(count, 'long absence')} on little evidence in this window: asked for again`
  events.emit('note', { message })
}
