import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { Dataset } from '../lib/model/market.ts'
import type { Commit } from '../lib/ports.ts'
import { COPY_HEADER, COPY_TRAILER, toBinaryRows } from './copy-binary.ts'
import { mergeChanges, toMultirange } from './multirange.ts'
import { columnNames, KEY_COLUMNS, TABLES } from './tables.ts'

/** `copy`: straight into the table, which holds none of these rows. `merge`: over a staging table, whatever it holds. */
export type WriteMode = 'copy' | 'merge'

export interface Written {
  readonly inserted: number
  readonly updated: number
}

/** Writes rows and coverage of all commits in one transaction. Rejects, rolled back, with the server's own error. */
export async function writeBatch(
  client: pg.Client,
  venue: string,
  commits: readonly Commit[],
  mode: WriteMode,
): Promise<Written> {
  await client.query('begin')
  try {
    let written: Written = { inserted: 0, updated: 0 }
    for (const [dataset, group] of groupByDataset(commits)) {
      const one =
        mode === 'copy' ? await copyRows(client, dataset, group) : await mergeRows(client, dataset, group)
      written = { inserted: written.inserted + one.inserted, updated: written.updated + one.updated }
    }
    await saveCoverage(client, venue, commits)
    await client.query('commit')
    return written
  } catch (error) {
    // On a lost connection there is nothing to roll back, and the first error is the one that tells.
    await client.query('rollback').catch(() => {})
    throw error
  }
}

function groupByDataset(commits: readonly Commit[]): Map<Dataset, Commit[]> {
  const groups = new Map<Dataset, Commit[]>()
  for (const commit of commits) {
    if (commit.rows.count === 0) continue
    const group = groups.get(commit.dataset)
    if (group) group.push(commit)
    else groups.set(commit.dataset, [commit])
  }
  // In the order of the key: neighbours then meet the same page of its index.
  for (const group of groups.values()) group.sort(compareStarts)
  return groups
}

function compareStarts(a: Commit, b: Commit): number {
  if (a.symbol !== b.symbol) return a.symbol < b.symbol ? -1 : 1
  return toBinaryRows(a.rows).timeAt(0) - toBinaryRows(b.rows).timeAt(0)
}

async function copyInto(
  client: pg.Client,
  table: string,
  dataset: Dataset,
  commits: readonly Commit[],
): Promise<number> {
  const copy = client.query(
    copyFrom(`copy ${table} (${columnNames(dataset).join(', ')}) from stdin (format binary)`),
  )
  const chunks = function* (): Generator<Buffer> {
    yield COPY_HEADER
    for (const { rows } of commits) yield toBinaryRows(rows).bytes
    yield COPY_TRAILER
  }
  await pipeline(Readable.from(chunks(), { objectMode: false, highWaterMark: 1 << 18 }), copy)
  return copy.rowCount ?? 0
}

async function copyRows(client: pg.Client, dataset: Dataset, commits: readonly Commit[]): Promise<Written> {
  return { inserted: await copyInto(client, TABLES[dataset].name, dataset, commits), updated: 0 }
}

async function mergeRows(client: pg.Client, dataset: Dataset, commits: readonly Commit[]): Promise<Written> {
  const { name } = TABLES[dataset]
  const stage = `stage_${name}`
  await client.query(`create temporary table if not exists ${stage} (like ${name}) on commit delete rows`)
  await copyInto(client, stage, dataset, commits)
  const { rows } = await client.query<{ inserted: string; updated: string }>(mergeStatement(dataset, stage))
  return { inserted: Number(rows[0]?.inserted ?? 0), updated: Number(rows[0]?.updated ?? 0) }
}

/** In the order of the key, so that two writers of the same rows wait for each other instead of locking each other. */
function mergeStatement(dataset: Dataset, stage: string): string {
  const { name, columns } = TABLES[dataset]
  const all = columnNames(dataset).join(', ')
  const key = KEY_COLUMNS.join(', ')
  const list = (prefix: string): string => columns.map((column) => `${prefix}.${column.name}`).join(', ')
  const set = columns.map((column) => `${column.name} = excluded.${column.name}`).join(', ')
  return `with merged as (
    insert into ${name} as old (${all}) select distinct on (${key}) ${all} from ${stage} order by ${key}
    on conflict (${key}) do update set ${set} where (${list('old')}) is distinct from (${list('excluded')})
    returning (xmax = 0) as is_new
  ) select count(*) filter (where is_new) as inserted, count(*) filter (where not is_new) as updated from merged`
}

async function saveCoverage(client: pg.Client, venue: string, commits: readonly Commit[]): Promise<void> {
  const changes = mergeChanges(commits)
  await client.query(
    `insert into coverage as known (venue, symbol, dataset, covered, absent)
     select $1, symbol, dataset, covered::tstzmultirange, absent::tstzmultirange
     from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as change (symbol, dataset, covered, absent)
     on conflict (venue, symbol, dataset) do update set
       covered = known.covered + excluded.covered,
       absent = (known.absent - excluded.covered) + excluded.absent,
       updated_at = now()`,
    [
      venue,
      changes.map((change) => change.symbol),
      changes.map((change) => change.dataset),
      changes.map((change) => toMultirange(change.covered)),
      changes.map((change) => toMultirange(change.absent)),
    ],
  )
}
