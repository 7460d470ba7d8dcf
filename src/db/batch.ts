import type pg from 'pg'
import { hasDerived, ORIGINS } from '../lib/derive/derivations.ts'
import type { EncodedRows } from '../lib/model/encoded-rows.ts'
import type { Dataset } from '../lib/model/market.ts'
import type { Commit } from '../lib/ports.ts'
import { toBinaryRows } from './copy-binary.ts'
import { announce, type Change, cutDerived, isStale } from './derived.ts'
import { saveEvidence } from './evidence.ts'
import { mergeChanges, toMultirange } from './multirange.ts'
import { saveProvenance } from './provenance.ts'
import { copyInto, stageRows } from './stage.ts'
import { columnNames, hasSymbol, TABLES } from './tables.ts'

/** `copy`: straight into the table, which holds none of these rows. `merge`: over a staging table, whatever it holds. */
export type WriteMode = 'copy' | 'merge'

export interface Written {
  readonly inserted: number
  readonly updated: number
  /** See `WriteResult`. */
  readonly yielded: number
  /** What the rows were made from has changed: nothing was written. */
  readonly isStale: boolean
}

/** Writes rows and coverage of all commits in one transaction. Rejects, rolled back, with the server's own error. */
export async function writeBatch(
  client: pg.Client,
  { venue, run }: { readonly venue: string; readonly run: string | undefined },
  commits: readonly Commit[],
  mode: WriteMode,
): Promise<Written> {
  await client.query('begin')
  try {
    if (await isStale(client, venue, commits)) {
      await client.query('rollback')
      return { inserted: 0, updated: 0, yielded: 0, isStale: true }
    }
    let [inserted, updated, yielded] = [0, 0, 0]
    const changes: Change[] = []
    for (const [dataset, group] of groupByDataset(commits)) {
      const merged =
        mode === 'copy' ? await copyRows(client, dataset, group) : await mergeRows(client, dataset, group)
      inserted += merged.inserted
      updated += merged.updated
      yielded += merged.yielded
      if (hasDerived(dataset)) changes.push(...merged.changes.map((change) => ({ ...change, dataset })))
    }
    await saveCoverage(client, venue, commits)
    await saveEvidence(client, venue, commits)
    await saveProvenance(client, venue, run, commits)
    await cutDerived(client, venue, changes)
    await client.query('commit')
    return { inserted, updated, yielded, isStale: false }
  } catch (error) {
    // On a lost connection there is nothing to roll back, and the first error is the one that tells.
    await client.query('rollback').catch(() => {})
    throw error
  }
}

interface Merged {
  readonly inserted: number
  readonly updated: number
  readonly yielded: number
  readonly changes: readonly Omit<Change, 'dataset'>[]
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

const rowsOf = (commits: readonly Commit[]): EncodedRows[] => commits.map(({ rows }) => rows)

async function copyRows(client: pg.Client, dataset: Dataset, commits: readonly Commit[]): Promise<Merged> {
  const inserted = await copyInto(client, TABLES[dataset].name, dataset, rowsOf(commits))
  const bySymbol = Map.groupBy(commits, ({ symbol }) => symbol)
  const changes = [...bySymbol].map(([symbol, group]) => ({
    symbol,
    since: Math.min(...group.map(({ rows }) => toBinaryRows(rows).timeAt(0))),
    replaced: '{}',
  }))
  return { inserted, updated: 0, yielded: 0, changes }
}

async function mergeRows(client: pg.Client, dataset: Dataset, commits: readonly Commit[]): Promise<Merged> {
  const stage = await stageRows(client, dataset, rowsOf(commits))
  if (commits.every(({ yields }) => yields)) return addMissing(client, dataset, stage)
  const { rows } = await client.query<MergedRow>(mergeStatement(dataset, stage))
  return {
    inserted: rows.reduce((sum, row) => sum + Number(row.inserted), 0),
    updated: rows.reduce((sum, row) => sum + Number(row.updated), 0),
    yielded: 0,
    changes: rows,
  }
}

/**
 * Adds what is not there. What is there and says something else counts as replaced: whatever came in this batch with the
 * row that gave way is to be made anew from the one that stayed.
 */
async function addMissing(client: pg.Client, dataset: Dataset, stage: string): Promise<Merged> {
  const { name, columns, key: keyColumns } = TABLES[dataset]
  const [all, key] = [columnNames(dataset).join(', '), keyColumns.join(', ')]
  const symbol = hasSymbol(dataset) ? 'symbol' : "''"
  const values = columns.filter((column) => !keyColumns.includes(column.name))
  const list = (prefix: string): string => values.map((column) => `${prefix}.${column.name}`).join(', ')
  const added = await client.query<MergedRow>(
    `with added as (
       insert into ${name} (${all}) select distinct on (${key}) ${all} from ${stage} order by ${key}
       on conflict (${key}) do nothing returning ${symbol} as symbol, ts
     ) select symbol, count(*) as inserted, 0 as updated, (extract(epoch from min(ts)) * 1000)::float8 as since,
         '{}' as replaced
       from added group by symbol`,
  )
  // After the other, so that it sees a row that came while the other waited for it.
  const kept = await client.query<MergedRow>(
    `select ${symbol === 'symbol' ? 'old.symbol' : symbol} as symbol, 0 as inserted, count(*) as updated,
       (extract(epoch from min(old.ts)) * 1000)::float8 as since,
       range_agg(tstzrange(old.ts, old.ts + interval '1 minute'))::text as replaced
     from ${name} as old join ${stage} as new using (${key})
     where (${list('old')}) is distinct from (${list('new')}) group by 1`,
  )
  const sum = (rows: readonly MergedRow[], field: 'inserted' | 'updated'): number =>
    rows.reduce((total, row) => total + Number(row[field]), 0)
  return {
    inserted: sum(added.rows, 'inserted'),
    updated: 0,
    yielded: sum(kept.rows, 'updated'),
    changes: [...added.rows, ...kept.rows],
  }
}

interface MergedRow extends Omit<Change, 'dataset'> {
  readonly inserted: string
  readonly updated: string
}

/**
 * Of what is there already with the same digits nothing is touched: a row that is only looked at by `on conflict` is
 * locked, which writes its page. In the order of the key, so that two writers of the same rows wait for each other
 * instead of locking each other. Tells what has changed by symbol: since when, and which minutes have other values than before. The digits of the
 * venue's API stand, whatever a feed wrote before it (1.5 for 1.50): other digits of the same values are stored, and
 * are no change.
 */
function mergeStatement(dataset: Dataset, stage: string): string {
  const { name, columns, key: keyColumns } = TABLES[dataset]
  const all = columnNames(dataset).join(', ')
  const key = keyColumns.join(', ')
  const values = columns.filter((column) => !keyColumns.includes(column.name))
  const list = (prefix: string): string => values.map((column) => `${prefix}.${column.name}`).join(', ')
  const set = values.map((column) => `${column.name} = excluded.${column.name}`).join(', ')
  const symbol = hasSymbol(dataset) ? 'symbol' : "''"
  const scales = (prefix: string): string =>
    [
      'true',
      ...values.flatMap(({ name, kind }) => (kind === 'decimal' ? `scale(${prefix}.${name})` : [])),
    ].join()
  // Of the version that this statement has replaced, and no other: a newer one that it does not see counts as different.
  // Looked up row by row: no plan that reads more of a table of years than what is asked for.
  const isStored = `exists (select from ${name} as same
      where (${keyColumns.map((column) => `same.${column}`).join()}) = (${keyColumns.map((column) => `new.${column}`).join()})
        and (${list('same')}) is not distinct from (${list('new')})
        and (${scales('same')}) is not distinct from (${scales('new')}) offset 0)`
  const differs = `coalesce((select (${list('before')}) is distinct from (${list('old')}) from ${name} as before
      where (${keyColumns.map((column) => `before.${column}`).join()}) = (${keyColumns.map((column) => `old.${column}`).join()})
        and before.xmax = pg_current_xact_id()::xid), true)`
  return `with merged as (
    insert into ${name} as old (${all}) select distinct on (${key}) ${all} from ${stage} as new
      where not ${isStored} order by ${key}
    on conflict (${key}) do update set ${set} where (${list('old')}) is distinct from (${list('excluded')})
      or (${scales('old')}) is distinct from (${scales('excluded')})
    returning ${symbol} as symbol, ts, (xmax = 0) as is_new, xmax = 0 or ${differs} as is_changed
  ) select symbol, count(*) filter (where is_new) as inserted, count(*) filter (where not is_new) as updated,
      (extract(epoch from min(ts)) * 1000)::float8 as since,
      coalesce(range_agg(tstzrange(ts, ts + interval '1 minute')) filter (where not is_new), '{}')::text as replaced
    from merged where is_changed group by symbol`
}

async function saveCoverage(client: pg.Client, venue: string, commits: readonly Commit[]): Promise<void> {
  const changes = mergeChanges(commits).filter(({ covered }) => covered.length > 0)
  if (changes.length === 0) return
  const { rows } = await client.query<{ dataset: string; isNew: boolean }>(
    `insert into coverage as known (venue, symbol, dataset, covered, absent)
     select $1, symbol, dataset, covered::tstzmultirange, absent::tstzmultirange
     from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as change (symbol, dataset, covered, absent)
     on conflict (venue, symbol, dataset) do update set
       covered = known.covered + excluded.covered,
       absent = (known.absent - excluded.covered) + excluded.absent,
       rebuilding = known.rebuilding - excluded.covered,
       updated_at = now(),
       revised_at = case when lower(excluded.covered) >= upper(known.covered) then known.revised_at
         else greatest(clock_timestamp(), known.revised_at + interval '1 microsecond') end
     returning dataset, (xmax = 0) as "isNew"`,
    [
      venue,
      changes.map((change) => change.symbol),
      changes.map((change) => change.dataset),
      changes.map((change) => toMultirange(change.covered)),
      changes.map((change) => toMultirange(change.absent)),
    ],
  )
  if (rows.some(({ dataset, isNew }) => isNew && ORIGINS.some((origin) => origin === dataset)))
    await announce(client, venue)
}
