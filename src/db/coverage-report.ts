import type { Window } from '../lib/model/window.ts'
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
  /** From `to` to now where something is due in between, else 0. */
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
const msOrNone = (column: string): string => `coalesce(${ms(column)}::text, '-')`
/** The fields of one line, in the order in which `readLine` takes them; the last one may be missing. */
const LINE = [
  'state',
  ...['wanted_from', 'wanted_to', 'covered_from', 'covered_to', 'due_to'].map(msOrNone),
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
    select string_agg(${ms('lower(part)')} || ' ' || ${ms('upper(part)')}, ' ')
    from (select part from unnest(missing) as part limit ${SHOWN}) as first) end`,
].join(', ')

interface Row {
  readonly symbols: readonly string[] | null
  readonly datasets: readonly string[]
  readonly lines: string
}

/**
 * By symbol and dataset. All of them are one row of text: as rows and columns, or as JSON, thousands of them would take
 * server and driver twice as long.
 */
export async function readSeries(
  sql: Sql,
  { venue, symbols, now }: CoverageFilter,
): Promise<readonly SeriesReport[]> {
  const [row] = await sql<Row[]>`
    select json_agg(symbol) as symbols, json_agg(dataset) as datasets,
      string_agg(concat_ws(' ', ${sql.unsafe(LINE)}), chr(10)) as lines
    from coverage_at(to_timestamp(${now / 1_000}::float8))
    where venue = ${venue} ${symbols === undefined ? sql`` : sql`and symbol = any(${[...symbols]})`}`
  if (!row?.symbols) return []
  const lines = row.lines.split('\n')
  const { symbols: names, datasets } = row
  const series = names.map((symbol, at) => readLine(symbol, datasets[at] ?? '', (lines[at] ?? '').split(' ')))
  return series.sort((a, b) => compare(a.symbol, b.symbol) || compare(a.dataset, b.dataset))
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const STATES: readonly SeriesState[] = ['whole', 'behind', 'missing', 'unproven', 'rebuilding']

function readLine(symbol: string, dataset: string, fields: readonly string[]): SeriesReport {
  const orNull = (at: number): number | null => (fields[at] === '-' ? null : Number(fields[at]))
  return {
    symbol,
    dataset,
    state: STATES.find((state) => state === fields[0]) ?? 'missing',
    wantedFrom: orNull(1),
    wantedTo: orNull(2),
    from: orNull(3),
    to: orNull(4),
    dueTo: orNull(5) ?? 0,
    lagSeconds: Number(fields[6]),
    cadenceSeconds: Number(fields[7]),
    coveredMinutes: Number(fields[8]),
    absentMinutes: Number(fields[9]),
    missingMinutes: Number(fields[10]),
    unprovenMinutes: Number(fields[11]),
    rebuildingMinutes: Number(fields[12]),
    updatedAt: Number(fields[13]),
    missingStretches: Number(fields[14] ?? 0),
    firstMissing: fields.length > EDGES ? readWindows(fields) : [],
  }
}

/** Where the ends of the first missing windows begin. */
const EDGES = 15

function readWindows(fields: readonly string[]): Window[] {
  const windows: Window[] = []
  for (let at = EDGES; at + 1 < fields.length; at += 2)
    windows.push({ from: Number(fields[at]), to: Number(fields[at + 1]) })
  return windows
}
