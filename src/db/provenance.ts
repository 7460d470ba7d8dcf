import type pg from 'pg'
import type { FileRecord } from '../lib/archive/ledger.ts'
import { normalize, type Window } from '../lib/model/window.ts'
import type { Commit } from '../lib/ports.ts'
import { coverageName, toMultirange } from './multirange.ts'

interface Origin {
  readonly symbol: string
  readonly dataset: string
  readonly route: string
  readonly file: string
  readonly covered: readonly Window[]
}

/** Which route and file the rows of commits came from, and in which run, in the transaction that writes them. */
export async function saveProvenance(
  client: pg.Client,
  venue: string,
  run: string | undefined,
  commits: readonly Commit[],
): Promise<void> {
  const origins = mergeOrigins(commits)
  if (run === undefined || origins.length === 0) return
  await client.query(
    `insert into provenance as known (venue, symbol, dataset, route, file, execution_id, covered)
     select $1, symbol, dataset, route, file, $2, covered::tstzmultirange
     from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) as one (symbol, dataset, route, file, covered)
     on conflict (venue, symbol, dataset, route, file) do update set
       covered = known.covered + excluded.covered, execution_id = excluded.execution_id, recorded_at = now()`,
    [
      venue,
      run,
      origins.map(({ symbol }) => symbol),
      origins.map(({ dataset }) => dataset),
      origins.map(({ route }) => route),
      origins.map(({ file }) => file),
      origins.map(({ covered }) => toMultirange(covered)),
    ],
  )
  for (const { file, rows } of mergeFiles(commits)) await saveFile(client, venue, run, { ...file, rows })
}

/** One per series, route and file, in the order of the key. */
function mergeOrigins(commits: readonly Commit[]): Origin[] {
  const origins = new Map<string, Origin>()
  for (const { symbol, dataset: name, variant, covered, origin } of commits) {
    if (!origin || covered.length === 0) continue
    const [dataset, file] = [coverageName(name, variant), origin.file?.key ?? '']
    const key = [symbol, dataset, origin.route, file].join(' ')
    const before = origins.get(key)?.covered ?? []
    const all = normalize([...before, ...covered])
    origins.set(key, { symbol, dataset, route: origin.route, file, covered: all })
  }
  return [...origins].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, origin]) => origin)
}

function mergeFiles(commits: readonly Commit[]): { file: FileRecord; rows: number }[] {
  const files = new Map<string, { file: FileRecord; rows: number }>()
  for (const { origin, rows } of commits) {
    if (!origin?.file) continue
    const before = files.get(origin.file.key)?.rows ?? 0
    files.set(origin.file.key, { file: origin.file, rows: before + rows.count })
  }
  return [...files].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

/** Several datasets of one file may come in transactions of their own: their rows add up. */
async function saveFile(client: pg.Client, venue: string, run: string, file: FileRecord): Promise<void> {
  await client.query(SAVE_FILE, fileValues(venue, run, file))
}

export const SAVE_FILE = `insert into archive_files as known
    (venue, file, kind, symbol, from_ts, to_ts, etag, size, modified_at, sha256, rows, state, reason, execution_id)
  values ($1, $2, $3, $4, $5::timestamptz, $6::timestamptz, $7, $8, $9::timestamptz, $10, $11, $12, $13, $14::uuid)
  on conflict (venue, file) do update set
    rows = excluded.rows + case
      when known.state = 'loaded' and known.etag = excluded.etag and known.execution_id = excluded.execution_id then known.rows
      else 0 end,
    etag = excluded.etag, size = excluded.size, modified_at = excluded.modified_at, sha256 = excluded.sha256,
    state = excluded.state, reason = excluded.reason, execution_id = excluded.execution_id, recorded_at = now()`

export const fileValues = (venue: string, run: string, file: FileRecord): (string | number | null)[] => [
  venue,
  file.key,
  file.kind,
  file.symbol,
  new Date(file.window.from).toISOString(),
  new Date(file.window.to).toISOString(),
  file.etag,
  file.size,
  new Date(file.modifiedAt).toISOString(),
  file.sha256 ?? null,
  file.rows,
  file.state,
  file.reason ?? null,
  run,
]
