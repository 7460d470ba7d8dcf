import type { Window } from '../lib/model/window.ts'
import type { Sql } from './connect.ts'

export interface CoverageFilter {
  readonly venue: string
  /** All without. */
  readonly symbols?: readonly string[] | undefined
  /** Only so many, those with most missing first, then those furthest behind. */
  readonly worst?: number | undefined
}

/** What is known of one symbol and dataset. Times in milliseconds, ends exclusive, amounts in minutes. */
export interface SymbolCoverage {
  readonly symbol: string
  readonly dataset: string
  readonly from: number
  readonly to: number
  readonly coveredMinutes: number
  /** Inside the coverage, where the venue itself has no row. */
  readonly absentMinutes: number
  /** Between `from` and `to`, never fetched: ours to fill. */
  readonly holes: number
  readonly holeMinutes: number
  readonly firstHoles: readonly Window[]
  readonly updatedAt: number
}

export interface DatasetTotal {
  readonly dataset: string
  readonly symbols: number
  readonly from: number
  /** Where the symbol that is furthest behind ends, and the one that is furthest ahead. */
  readonly oldestTo: number
  readonly newestTo: number
  readonly coveredMinutes: number
  readonly absentMinutes: number
  readonly holes: number
  readonly holeMinutes: number
}

const SHOWN_HOLES = 3

/** By symbol and dataset, or the worst first. */
export async function datasetCoverage(sql: Sql, filter: CoverageFilter): Promise<SymbolCoverage[]> {
  const order =
    filter.worst === undefined ? sql`symbol, dataset` : sql`"holeMinutes" desc, "to", symbol, dataset`
  return sql<SymbolCoverage[]>`
    ${measured(sql, filter)}
    select * from measured order by ${order}
    ${filter.worst === undefined ? sql`` : sql`limit ${filter.worst}`}`
}

export async function coverageTotals(sql: Sql, filter: CoverageFilter): Promise<DatasetTotal[]> {
  return sql<DatasetTotal[]>`
    ${measured(sql, filter)}
    select dataset, count(*)::int as symbols, min("from") as "from", min("to") as "oldestTo", max("to") as "newestTo",
      sum("coveredMinutes") as "coveredMinutes", sum("absentMinutes") as "absentMinutes",
      sum(holes)::int as holes, sum("holeMinutes") as "holeMinutes"
    from measured group by dataset order by dataset`
}

/** All in the database: a thousand symbols are one answer of a few rows, not their ranges. */
function measured(sql: Sql, { venue, symbols }: CoverageFilter) {
  return sql`
    with known as (
      select *, tstzmultirange(tstzrange(lower(covered), upper(covered))) - covered as missing from coverage
      where venue = ${venue} and not isempty(covered)
        ${symbols === undefined ? sql`` : sql`and symbol = any(${[...symbols]})`}
    ), measured as (
      select symbol, dataset, ${milliseconds(sql, 'lower(covered)')} as "from", ${milliseconds(sql, 'upper(covered)')} as "to",
        ${minutes(sql, 'covered')} as "coveredMinutes", ${minutes(sql, 'absent * covered')} as "absentMinutes",
        (select count(*)::int from unnest(missing)) as holes, ${minutes(sql, 'missing')} as "holeMinutes",
        (select coalesce(jsonb_agg(jsonb_build_object('from', "from", 'to', "to") order by "from"), '[]') from (
          select ${milliseconds(sql, 'lower(part)')} as "from", ${milliseconds(sql, 'upper(part)')} as "to"
          from unnest(missing) as part order by part limit ${SHOWN_HOLES}) as first) as "firstHoles",
        ${milliseconds(sql, 'updated_at')} as "updatedAt"
      from known
    )`
}

type Instant = 'lower(covered)' | 'upper(covered)' | 'lower(part)' | 'upper(part)' | 'updated_at'

function milliseconds(sql: Sql, instant: Instant) {
  return sql.unsafe(`floor(extract(epoch from ${instant}) * 1000)::float8`)
}

function minutes(sql: Sql, ranges: 'covered' | 'absent * covered' | 'missing') {
  return sql.unsafe(`(select coalesce(sum(extract(epoch from upper(part) - lower(part))), 0)::float8 / 60
    from unnest(${ranges}) as part)`)
}
