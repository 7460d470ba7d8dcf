import { DAY, type Window } from '../lib/model/window.ts'
import type { Sql } from './connect.ts'

export interface CoverageFilter {
  readonly venue: string
  /** All without. */
  readonly symbols?: readonly string[] | undefined
  /** The venue's now, milliseconds. */
  readonly now: number
}

/** `coverage_at` in the database decides it. */
export type SeriesState = 'whole' | 'behind' | 'missing' | 'unproven' | 'rebuilding'

/**
 * What is known of one symbol and dataset, as `perp_coverage` has it. Times in milliseconds, ends exclusive, null where
 * there is none; amounts in minutes.
 */
export interface SeriesReport {
  readonly symbol: string
  readonly dataset: string
  readonly state: SeriesState
  /** The widest window that any run wanted; null where that was before it was written down. */
  readonly wantedFrom: number | null
  readonly wantedTo: number | null
  /** The ends of what is covered; null where nothing is. */
  readonly from: number | null
  readonly to: number | null
  /** So far rows can be there by now. */
  readonly dueTo: number
  /** Nothing has been due for a day: it is traded no more. */
  readonly isDelisted: boolean
  /** From `to` to now, or to the end of its trading, where something is due in between, else 0. */
  readonly lagSeconds: number
  readonly cadenceSeconds: number
  readonly coveredMinutes: number
  /** Inside the coverage, where the venue itself has no row. */
  readonly absentMinutes: number
  /** Wanted or between what is covered, and not stored: ours to fetch. */
  readonly missingMinutes: number
  /** The part of it that an answer lacked. */
  readonly unprovenMinutes: number
  /** Made once, and taken back because the candles that it was made of changed. */
  readonly rebuildingMinutes: number
  /** In so many stretches, of which these are the first three. */
  readonly missingStretches: number
  readonly firstMissing: readonly Window[]
  readonly updatedAt: number
}

const SHOWN = 3

const ms = (column: string): string => `floor(date_part('epoch', ${column}) * 1000)`
const msOrNull = (column: string): string => `coalesce(${ms(column)}::text, 'null')`
/** The numbers of a series, in the order of `Numbers`; the last ones only where something is missing. */
const NUMBERS = [
  ...['wanted_from', 'wanted_to', 'covered_from', 'covered_to', 'due_to'].map(msOrNull),
  'lag_seconds',
  'cadence_seconds',
  'covered_minutes',
  'absent_minutes',
  'missing_minutes',
  'unproven_minutes',
  'rebuilding_minutes',
  ms('updated_at'),
  `case when not isempty(missing) then (select count(*) from unnest(missing)) end`,
  `case when not isempty(missing) then (
    select string_agg(${ms('lower(part)')} || ',' || ${ms('upper(part)')}, ',')
    from (select part from unnest(missing) as part limit ${SHOWN}) as first) end`,
].join(', ')

type Numbers = readonly [
  wantedFrom: number | null,
  wantedTo: number | null,
  from: number | null,
  to: number | null,
  dueTo: number | null,
  lagSeconds: number,
  cadenceSeconds: number,
  coveredMinutes: number,
  absentMinutes: number,
  missingMinutes: number,
  unprovenMinutes: number,
  rebuildingMinutes: number,
  updatedAt: number,
  missingStretches?: number,
  ...firstEdges: number[],
]
/** Where the ends of the first missing windows begin. */
const EDGES = 14

interface Row {
  readonly symbols: readonly string[] | null
  readonly datasets: readonly string[]
  readonly states: readonly SeriesState[]
  readonly numbers: readonly Numbers[]
}

/**
 * By symbol and dataset. All of them are one row, a list for each word and the numbers in one text: as rows and columns,
 * or each value as JSON, thousands of them would take server and driver twice as long.
 */
export async function readSeries(
  sql: Sql,
  { venue, symbols, now }: CoverageFilter,
): Promise<readonly SeriesReport[]> {
  const [row] = await sql<Row[]>`
    select json_agg(symbol) as symbols, json_agg(dataset) as datasets, json_agg(state) as states,
      ('[' || string_agg('[' || concat_ws(',', ${sql.unsafe(NUMBERS)}) || ']', ',') || ']')::json as numbers
    from coverage_at(to_timestamp(${now / 1_000}::float8))
    where venue = ${venue} ${symbols === undefined ? sql`` : sql`and symbol = any(${[...symbols]})`}`
  if (!row?.symbols) return []
  const { symbols: names, datasets, states, numbers } = row
  const series: SeriesReport[] = []
  for (let at = 0; at < names.length; at += 1) {
    const [symbol, dataset, state, figures] = [names[at], datasets[at], states[at], numbers[at]]
    if (symbol !== undefined && dataset !== undefined && state && figures)
      series.push(toSeries({ symbol, dataset, state }, figures, now))
  }
  return series.sort((a, b) => compare(a.symbol, b.symbol) || compare(a.dataset, b.dataset))
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

// By place and not by name, which would take ten times as long for thousands of them.
const toSeries = (
  { symbol, dataset, state }: Pick<SeriesReport, 'symbol' | 'dataset' | 'state'>,
  figures: Numbers,
  now: number,
): SeriesReport => ({
  symbol,
  dataset,
  state,
  wantedFrom: figures[0],
  wantedTo: figures[1],
  from: figures[2],
  to: figures[3],
  dueTo: figures[4] ?? 0,
  // What a feed showed is due up to where it showed it.
  isDelisted: dataset !== 'lq/stream' && (figures[4] ?? now) < now - DAY,
  lagSeconds: figures[5],
  cadenceSeconds: figures[6],
  coveredMinutes: figures[7],
  absentMinutes: figures[8],
  missingMinutes: figures[9],
  unprovenMinutes: figures[10],
  rebuildingMinutes: figures[11],
  missingStretches: figures[13] ?? 0,
  firstMissing: figures.length > EDGES ? readWindows(figures) : [],
  updatedAt: figures[12],
})

function readWindows(figures: readonly (number | null | undefined)[]): Window[] {
  const windows: Window[] = []
  for (let at = EDGES; at + 1 < figures.length; at += 2)
    windows.push({ from: figures[at] ?? 0, to: figures[at + 1] ?? 0 })
  return windows
}
