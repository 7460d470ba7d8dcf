import type { SeriesReport } from '../../db/coverage-report.ts'
import type { VenueClock } from '../../db/reports.ts'
import type { Marks } from '../../lib/text/marks.ts'
import { formatCount, formatPlural } from '../../lib/text/numbers.ts'
import type { Paint } from '../../lib/text/paint.ts'
import { formatTable } from '../../lib/text/table.ts'
import { formatMinute } from '../../lib/text/times.ts'
import { displayWidth, padToWidth, wrapToWidth } from '../../lib/text/width.ts'
import { rankSymbols, type SymbolSeries } from './rank-symbols.ts'
import {
  explainDatasets,
  explainStates,
  isNeverAsked,
  paintSeries,
  sortDatasets,
  wordOf,
} from './series-words.ts'

export interface SeriesScreen {
  /** Columns; undefined in a pipe. */
  readonly width: number | undefined
  readonly paint: Paint
  readonly marks: Marks
}

export interface SeriesView {
  readonly venue: string
  readonly clock: VenueClock
  readonly series: readonly SeriesReport[]
  /** Every symbol, however many there are. */
  readonly isAll: boolean
}

/** More symbols than this are the worst of them. */
const MOST_SYMBOLS = 20
/** With less room beside the symbol its series stand below it. */
const LEAST_ROOM = 24
/** The sign has a column of its own; a list has none of it. */
const NEVER_ASKED = / -(?: |$)/
/** What a feed showed while somebody looked: nobody waits for it. */
const OBSERVED = 'lq/stream'

/** One line a symbol, its datasets side by side, worst first; what is whole is summed up. */
export function formatSeries(
  { venue, clock, series: all, isAll }: SeriesView,
  screen: SeriesScreen,
): string[] {
  const series = all.filter(({ dataset }) => dataset !== OBSERVED)
  if (series.length === 0) return [`no data of ${venue} yet`]
  const ranked = rankSymbols(series)
  const isCut = !isAll && ranked.length > MOST_SYMBOLS
  const shown = isCut ? ranked.filter(({ isWhole }) => !isWhole).slice(0, MOST_SYMBOLS) : ranked
  const datasets = sortDatasets(shown.flatMap((one) => [...one.series.keys()]))
  const states = new Set<SeriesReport['state'] | 'delisted' | undefined>(
    shown.flatMap(({ series: own }) => [...own.values()].map(stateOf)),
  )
  const lines = formatSymbols(shown, datasets, screen)
  if (lines.some((line) => NEVER_ASKED.test(line))) states.add(undefined)
  const whose = clock.isVenues ? `the clock of ${venue}` : 'the clock of the database'
  const legend = [explainDatasets(datasets), ...explainStates(states, whose)].filter((line) => line !== '')
  const more = isCut ? [describeRest(ranked, shown)] : []
  return [
    ...wrap(sumUp(series, clock), screen.width),
    ...(shown.length > 0 ? ['', ...lines] : []),
    ...more.flatMap((line) => wrap(line, screen.width)),
    ...(legend.length > 0 ? [''] : []),
    ...legend.flatMap((line) => wrap(line, screen.width).map(screen.paint.faint)),
  ]
}

const wrap = (line: string, width: number | undefined): string[] =>
  width === undefined ? [line] : wrapToWidth(line, width)

/** `35 of 37 series whole, up to 14:37 UTC; 1 missing, 1 rebuilding`. */
function sumUp(series: readonly SeriesReport[], { now }: VenueClock): string {
  const whole = series.filter(({ state }) => state === 'whole')
  const ends = whole.flatMap(({ to, cadenceSeconds, isDelisted }) =>
    to === null || cadenceSeconds > 300 || isDelisted ? [] : [to],
  )
  const until = ends.length > 0 ? `, up to ${formatEnd(Math.min(...ends), now)}` : ''
  const rest = (['behind', 'missing', 'unproven', 'rebuilding'] as const).flatMap((state) => {
    const count = series.filter((one) => one.state === state).length
    return count > 0 ? [`${formatCount(count)} ${state}`] : []
  })
  const counts = `${formatCount(whole.length)} of ${formatPlural(series.length, 'series')} whole${until}`
  return [counts, ...(rest.length > 0 ? [rest.join(', ')] : [])].join('; ')
}

const stateOf = ({ state, isDelisted }: SeriesReport): SeriesReport['state'] | 'delisted' =>
  state === 'whole' && isDelisted ? 'delisted' : state

/** The day is named where it is not today. */
function formatEnd(ts: number, now: number): string {
  const [text, today] = [formatMinute(ts), formatMinute(now)]
  return `${text.slice(0, 10) === today.slice(0, 10) ? text.slice(11) : text} UTC`
}

function describeRest(ranked: readonly SymbolSeries[], shown: readonly SymbolSeries[]): string {
  const broken = ranked.filter(({ isWhole }) => !isWhole).length - shown.length
  const whole = ranked.filter(({ isWhole }) => isWhole).length
  const parts = [
    ...(broken > 0 ? [`${formatPlural(broken, 'more symbol')} not whole`] : []),
    ...(whole > 0 ? [`${formatPlural(whole, 'symbol')} whole`] : []),
  ]
  return `${parts.join(', ')} (all of them: --all)`
}

function formatSymbols(
  symbols: readonly SymbolSeries[],
  datasets: readonly string[],
  { width, paint, marks }: SeriesScreen,
): string[] {
  const columns = ['symbol', ...datasets].map((title) => ({ title }))
  const rows = symbols.map((one) => [
    one.symbol,
    ...datasets.map((name) => {
      const own = one.series.get(name)
      return own ? wordOf(own, marks) : isNeverAsked(one, name) ? '-' : ''
    }),
  ])
  const lines = formatTable(columns, rows)
  if (width !== undefined && lines.some((line) => displayWidth(line) > width))
    return symbols.flatMap((one) => listSeries(one, { symbols, datasets, width, paint, marks }))
  return formatTable(columns, rows, {
    paintTitle: paint.faint,
    paintCell: (text, row, column) =>
      column === 0
        ? text
        : paintSeries(text, symbols[row]?.series.get(datasets[column - 1] ?? '')?.state, paint),
  })
}

interface Listing {
  readonly symbols: readonly SymbolSeries[]
  readonly datasets: readonly string[]
  readonly width: number
  readonly paint: Paint
  readonly marks: Marks
}

/** `ADAUSDT  1.2k missing: ohlcv, tv; 12m: oi; ✓ 4`, where there is no room for a column each. */
function listSeries(
  { symbol, series }: SymbolSeries,
  { symbols, datasets, width, paint, marks }: Listing,
): string[] {
  const known = datasets.flatMap((name) => series.get(name) ?? [])
  const words = Map.groupBy(known, (own) => wordOf(own, marks))
  const parts = [...words].map(([word, names]) =>
    word === marks.whole
      ? `${word} ${names.length}`
      : `${word}: ${names.map(({ dataset }) => dataset).join(', ')}`,
  )
  // What is whole comes last.
  const text = parts.toSorted((a, b) => Number(a.startsWith(marks.whole)) - Number(b.startsWith(marks.whole)))
  const beside = Math.max(...symbols.map((one) => displayWidth(one.symbol))) + 2
  const isBelow = width - beside < LEAST_ROOM
  const margin = isBelow ? 2 : beside
  const states = [...series.values()].map(({ state }) => state)
  const state = states.find((one) => one !== 'whole') ?? 'whole'
  const lines = wrapToWidth(text.join('; '), Math.max(1, width - margin))
  const lead = ' '.repeat(margin)
  if (isBelow) return [symbol, ...lines.map((line) => lead + paintSeries(line, state, paint))]
  return lines.map(
    (line, at) => (at === 0 ? padToWidth(symbol, margin, 'left') : lead) + paintSeries(line, state, paint),
  )
}
