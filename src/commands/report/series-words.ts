import type { SeriesReport } from '../../db/coverage-report.ts'
import { TABLES } from '../../db/tables.ts'
import { isOfSymbol } from '../../lib/derive/derivations.ts'
import { formatShortDuration } from '../../lib/text/durations.ts'
import type { Marks } from '../../lib/text/marks.ts'
import { formatShortCount } from '../../lib/text/numbers.ts'
import type { Paint } from '../../lib/text/paint.ts'
import type { SymbolSeries } from './rank-symbols.ts'

/** What is not obvious is explained where it appears. */
const MEANINGS: readonly (readonly [name: string, meaning: string | undefined])[] = Object.entries(
  TABLES,
).map(([name, { meaning }]) => [name, meaning])

const rankOf = (dataset: string): number => {
  const [name] = dataset.split('/')
  const at = MEANINGS.findIndex(([known]) => known === name)
  return at < 0 ? MEANINGS.length : at
}

export const sortDatasets = (names: readonly string[]): string[] =>
  [...new Set(names)].toSorted((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1))

/** `oi open interest, lq liquidations`, of those that appear. */
export function explainDatasets(names: readonly string[]): string {
  return sortDatasets(names.map((name) => name.split('/')[0] ?? ''))
    .flatMap((name) => {
      const meaning = MEANINGS.find(([known]) => known === name)?.[1]
      return meaning === undefined ? [] : [`${name} ${meaning}`]
    })
    .join(', ')
}

/** What nobody has asked for yet, of what there can be. */
export const isNeverAsked = ({ symbol, series }: SymbolSeries, dataset: string): boolean =>
  !series.has(dataset) && isOfSymbol(symbol, dataset.split('/')[0] ?? '')

/** What a series is, in a word: a mark, how far behind, how many minutes are missing. */
export function wordOf(series: SeriesReport, marks: Marks): string {
  switch (series.state) {
    case 'whole':
      return series.isDelisted ? 'delisted' : marks.whole
    case 'behind':
      return formatShortDuration(series.lagSeconds * 1_000)
    case 'missing':
      return `${formatShortCount(series.missingMinutes)} missing`
    case 'unproven':
      return `${formatShortCount(series.unprovenMinutes)} unproven`
    case 'rebuilding':
      return 'rebuilding'
  }
}

export function paintSeries(text: string, state: SeriesReport['state'] | undefined, paint: Paint): string {
  const paints = {
    whole: paint.stream,
    behind: paint.warning,
    missing: paint.failed,
    unproven: paint.warning,
    rebuilding: paint.warning,
  }
  return state === undefined ? paint.faint(text) : paints[state](text)
}

/** What the words that appear mean, one to a line. */
export function explainStates(
  states: ReadonlySet<SeriesReport['state'] | 'delisted' | undefined>,
  clock: string,
): string[] {
  const meanings: readonly (readonly [SeriesReport['state'] | 'delisted' | undefined, string])[] = [
    ['behind', `12m, 2h, 3d: so far behind ${clock}`],
    ['missing', 'missing: minutes that were asked for and are not stored; the next backfill fetches them'],
    ['unproven', 'unproven: minutes without a row in one answer; the next backfill asks again'],
    ['rebuilding', 'rebuilding: made of candles that have changed since; backfill rsi-tv makes it anew'],
    ['delisted', 'delisted: whole up to the end of its trading'],
    [undefined, '-: never asked for'],
  ]
  return meanings.flatMap(([state, meaning]) => (states.has(state) ? [meaning] : []))
}
