import { MADE_DATASETS } from '../lib/derive/derivations.ts'
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
      select venue, symbol, dataset, range_agg(stretch) as stretches
      from absences left join coverage using (venue, symbol, dataset)
      where venue = ${venue} ${symbols === undefined ? sql`` : sql`and symbol = any(${[...symbols]})`}
        and (covered is null or not covered @> stretch)
      group by venue, symbol, dataset
    )
    select symbol, dataset, ${bounds(sql)}
    from seen left join coverage using (venue, symbol, dataset),
      unnest(stretches - coalesce(covered, '{}')) as part
    order by 1, 2, part`
}

/**
 * Long stretches that are covered and absent although little evidence stands behind them: none, as earlier versions wrote
 * them, or answers of one moment. Steps of a grid after the symbol's listing, and settlements further apart than
 * `longestMs`; not what is made from candles, which lacks what they lack. Of settlements only those are read that lie
 * where an answer once lacked some: their absence always rests on evidence.
 */
export function findSuspects(
  sql: Sql,
  { venue, symbols, longestMs }: DoubtFilter & { readonly longestMs: number },
): Promise<Doubtful[]> {
  const chosen = symbols === undefined ? sql`` : sql`and symbol = any(${[...symbols]})`
  const longest = `${longestMs} milliseconds`
  return sql<Doubtful[]>`
    with silences as (
      select venue, symbol, range_agg(stretch) as stretches from absences
      where venue = ${venue} and dataset = 'funding' ${chosen} group by venue, symbol
    ), absent_parts as (
      select symbol, dataset, part from coverage, unnest(absent * covered) as part
      where venue = ${venue} and split_part(dataset, '/', 1) <> all(${['funding', ...MADE_DATASETS]}) ${chosen} and upper(part) - lower(part) >= ${SHORTEST}::interval
      union all
      select symbol, dataset, part from silences join coverage using (venue, symbol), unnest(stretches * covered) as silence,
        unnest(tstzmultirange(silence) - coalesce((
          select range_agg(tstzrange(ts, ts + interval '1 minute')) from funding_rates as f
          where f.venue = ${venue} and f.symbol = silences.symbol and f.ts >= lower(silence) and f.ts < upper(silence)
        ), '{}')) as part
      where dataset = 'funding' and upper(part) - lower(part) > ${longest}::interval
    )
    select absent_parts.symbol, dataset, ${bounds(sql)}
    from absent_parts left join instruments as listed on listed.venue = ${venue} and listed.symbol = absent_parts.symbol
    where (listed.onboard_ts is null or upper(part) > listed.onboard_ts + interval '1 day')
      and coalesce((
        select max(asked_at) - min(asked_at) < ${SHORTEST_APART}::interval from absences as a
        where a.venue = ${venue} and a.symbol = absent_parts.symbol and a.dataset = absent_parts.dataset
          and a.stretch && part), true)
    order by 1, 2, part`
}
