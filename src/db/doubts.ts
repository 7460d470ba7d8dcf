import type { Window } from '../lib/model/window.ts'
import type { Sql } from './connect.ts'

/** A stretch of which more is to be known. Times in milliseconds, the end exclusive. */
export interface Doubtful extends Window {
  readonly symbol: string
  readonly dataset: string
}

export interface DoubtFilter {
  readonly venue: string
  /** All without. */
  readonly symbols?: readonly string[] | undefined
}

/** What is shorter is common in thin markets, and two answers that agreed were always asked for. */
const SHORTEST = '1 hour'
/** Answers closer together may share the venue's trouble. */
const SHORTEST_APART = '5 minutes'

const bounds = (sql: Sql) =>
  sql.unsafe(
    `(extract(epoch from lower(part)) * 1000)::float8 as "from", (extract(epoch from upper(part)) * 1000)::float8 as "to"`,
  )

/** Without a row in some answer, and not believed yet: not covered, asked for again by the next run. */
export function findUnproven(sql: Sql, { venue, symbols }: DoubtFilter): Promise<Doubtful[]> {
  return sql<Doubtful[]>`
    with seen as (
      select venue, symbol, dataset, range_agg(stretch) as stretches from absences
      where venue = ${venue} ${symbols === undefined ? sql`` : sql`and symbol = any(${[...symbols]})`}
      group by venue, symbol, dataset
    )
    select symbol, dataset, ${bounds(sql)}
    from seen left join coverage using (venue, symbol, dataset),
      unnest(stretches - coalesce(covered, '{}')) as part
    order by symbol, dataset, part`
}

/**
 * Long stretches that are covered and absent although little evidence stands behind them: none, as earlier versions wrote
 * them, or answers of one moment. Steps of a grid after the symbol's listing, and settlements further apart than
 * `longestMs`; not what is made from candles, which lacks what they lack.
 */
export function findSuspects(
  sql: Sql,
  { venue, symbols, longestMs }: DoubtFilter & { readonly longestMs: number },
): Promise<Doubtful[]> {
  const chosen = symbols === undefined ? sql`` : sql`and symbol = any(${[...symbols]})`
  const longest = `${longestMs + 60_000} milliseconds`
  return sql<Doubtful[]>`
    with gaps as (
      select symbol, tstzrange(ts + interval '1 minute', next_ts) as gap from (
        select symbol, ts, lead(ts) over (partition by symbol order by ts) as next_ts
        from funding_rates where venue = ${venue} ${chosen}
      ) as settlements where next_ts - ts > ${longest}::interval
    ), absent_parts as (
      select symbol, dataset, part from coverage, unnest(absent * covered) as part
      where venue = ${venue} and split_part(dataset, '/', 1) not in ('funding', 'rsi', 'mt') ${chosen} and upper(part) - lower(part) >= ${SHORTEST}::interval
      union all
      select symbol, dataset, gap from gaps join coverage using (symbol)
      where venue = ${venue} and dataset = 'funding' and covered @> gap
    )
    select symbol, dataset, ${bounds(sql)}
    from absent_parts left join instruments as listed using (symbol)
    where coalesce(listed.venue, ${venue}) = ${venue}
      and (listed.onboard_ts is null or upper(part) > listed.onboard_ts + interval '1 day')
      and coalesce((
        select max(asked_at) - min(asked_at) < ${SHORTEST_APART}::interval from absences as a
        where a.venue = ${venue} and a.symbol = absent_parts.symbol and a.dataset = absent_parts.dataset
          and a.stretch && part), true)
    order by symbol, dataset, part`
}
