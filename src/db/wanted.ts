import type { WantedSeries } from '../lib/ports.ts'
import type { Sql } from './connect.ts'
import { coverageName } from './multirange.ts'

const toIso = (ts: number | undefined): string | null =>
  ts === undefined ? null : new Date(ts).toISOString()
const toSeconds = (ms: number): number => Math.round(ms / 1_000)

/** Widens what is remembered; in one order, so that two runs that want the same wait for each other. */
export async function saveWanted(sql: Sql, venue: string, series: readonly WantedSeries[]): Promise<void> {
  if (series.length === 0) return
  const rows = series.map(({ symbol, dataset, variant, window, ...source }) => ({
    symbol,
    dataset: coverageName(dataset, variant),
    from: toIso(window.from),
    to: toIso(window.to),
    cadence: toSeconds(source.cadenceMs),
    publication: toSeconds(source.publicationMs),
    kept: source.keptMs === undefined ? null : toSeconds(source.keptMs),
    keptFrom: toIso(source.keptFrom),
  }))
  await sql`
    insert into wanted as known (venue, symbol, dataset, wanted_from, wanted_to, cadence_seconds, publication_seconds,
      kept_seconds, kept_from)
    select distinct on (symbol, dataset) ${venue}, symbol, dataset, "from", "to", cadence, publication, kept, "keptFrom"
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as one(symbol text, dataset text, "from" timestamptz,
      "to" timestamptz, cadence integer, publication integer, kept bigint, "keptFrom" timestamptz)
    order by symbol, dataset
    on conflict (venue, symbol, dataset) do update set
      wanted_from = least(known.wanted_from, excluded.wanted_from),
      wanted_to = greatest(known.wanted_to, excluded.wanted_to),
      cadence_seconds = excluded.cadence_seconds, publication_seconds = excluded.publication_seconds,
      kept_seconds = excluded.kept_seconds, kept_from = coalesce(excluded.kept_from, known.kept_from), updated_at = now()`
}
