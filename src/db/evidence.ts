import type pg from 'pg'
import type { Window } from '../lib/model/window.ts'
import type { Commit, Evidence } from '../lib/ports.ts'
import type { Sql } from './connect.ts'
import { coverageName } from './multirange.ts'

/** Of a stretch that stays unproven each run adds an answer: a few tell as much as all. */
const MOST_ANSWERS = 20

const toIso = (ts: number): string => new Date(ts).toISOString()
const toRange = ({ from, to }: Window): string => `[${toIso(from)},${toIso(to)})`
const toIsoOrNull = (ts: number | undefined): string | null => (ts === undefined ? null : toIso(ts))

/** In the transaction that writes the coverage which rests on it. */
export async function saveEvidence(
  client: pg.Client,
  venue: string,
  commits: readonly Commit[],
): Promise<void> {
  const all = commits.flatMap(({ symbol, dataset, variant, evidence = [] }) =>
    evidence.map((one) => ({ symbol, dataset: coverageName(dataset, variant), ...one })),
  )
  if (all.length === 0) return
  await client.query(
    `insert into absences (venue, symbol, dataset, stretch, asked, before_ts, after_ts, asked_at, execution_id)
     select $1, symbol, dataset, stretch::tstzrange, asked::tstzrange, before::timestamptz, after::timestamptz,
       at::timestamptz, run::uuid
     from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
       as one (symbol, dataset, stretch, asked, before, after, at, run)
     on conflict do nothing`,
    [
      venue,
      all.map(({ symbol }) => symbol),
      all.map(({ dataset }) => dataset),
      all.map(({ stretch }) => toRange(stretch)),
      all.map(({ asked }) => toRange(asked)),
      all.map(({ before }) => toIsoOrNull(before)),
      all.map(({ after }) => toIsoOrNull(after)),
      all.map(({ askedAt }) => toIso(askedAt)),
      all.map(({ run }) => run),
    ],
  )
}

interface EvidenceRow {
  readonly from: number
  readonly to: number
  readonly asked_from: number
  readonly asked_to: number
  readonly before: number | null
  readonly after: number | null
  readonly at: number
  readonly run: string
}

/** The first answers about stretches that reach into `window` or end where it begins, and the newest; oldest first. */
export async function readEvidence(
  sql: Sql,
  { venue, symbol, dataset, window }: { venue: string; symbol: string; dataset: string; window: Window },
): Promise<readonly Evidence[]> {
  const ms = (column: string) => sql.unsafe(`(extract(epoch from ${column}) * 1000)::float8`)
  const rows = await sql<EvidenceRow[]>`
    select ${ms('lower(stretch)')} as from, ${ms('upper(stretch)')} as to, ${ms('lower(asked)')} as asked_from,
      ${ms('upper(asked)')} as asked_to, ${ms('before_ts')} as before, ${ms('after_ts')} as after,
      ${ms('asked_at')} as at, execution_id::text as run
    from absences
    where venue = ${venue} and symbol = ${symbol} and dataset = ${dataset}
      and (stretch && ${toRange(window)}::tstzrange or after_ts is null)
    order by asked_at limit ${MOST_ANSWERS}`
  return rows.map((row) => ({
    stretch: { from: row.from, to: row.to },
    asked: { from: row.asked_from, to: row.asked_to },
    before: row.before ?? undefined,
    after: row.after ?? undefined,
    askedAt: row.at,
    run: row.run,
  }))
}
