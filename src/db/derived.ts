import type pg from 'pg'
import { DERIVATIONS, type DerivationEntry, ORIGINS } from '../lib/derive/derivations.ts'
import { type Dataset, INDEX_SYMBOL } from '../lib/model/market.ts'
import type { Basis, Commit } from '../lib/ports.ts'
import { toBinaryRows } from './copy-binary.ts'
import { coverageName } from './multirange.ts'
import { hasSymbol } from './tables.ts'

/** What a batch did to the rows of one symbol and dataset. */
export interface Change {
  readonly dataset: Dataset
  readonly symbol: string
  /** The first minute that is new or different, milliseconds. */
  readonly since: number
  /** Minutes that have other values than before, as a `tstzmultirange`. */
  readonly replaced: string
}

/** What is not true any more of something that was made: a change of its rows, in all variants of the dataset. */
interface Cut extends Change {
  readonly binMs: number
}

const EMPTY = '{}'
const onwards = (ts: number): string => `{[${new Date(ts).toISOString()},)}`

/** What was made from what has changed, and what was made from that. */
function listCuts(changes: readonly Change[]): Cut[] {
  const cuts = DERIVATIONS.flatMap((entry) => changes.flatMap((change) => cutBy(entry, change) ?? []))
  return cuts.length === 0 ? [] : [...cuts, ...listCuts(cuts)]
}

function cutBy(entry: DerivationEntry, { dataset, symbol, since, replaced }: Change): Cut | undefined {
  if (!entry.from.includes(dataset)) return undefined
  const part = entry.cuts === 'onwards' ? onwards(since) : replaced
  if (part === EMPTY) return undefined
  const of = entry.needsAll || !hasSymbol(dataset) ? INDEX_SYMBOL : symbol
  return { dataset: entry.dataset, symbol: of, since, replaced: part, binMs: entry.binMs }
}

/**
 * Takes out of the coverage what was made from rows that have changed, in the transaction that changes them: the next
 * run makes it anew.
 */
export async function cutDerived(
  client: pg.Client,
  venue: string,
  changes: readonly Change[],
): Promise<void> {
  const cuts = listCuts(changes)
  if (cuts.length === 0) return
  // Locked in one order: two transactions that both cut the index wait for each other.
  await client.query(
    `with cut as (
       select symbol, dataset, range_agg(tstzrange(date_bin(bin, lower(one), 'epoch'),
         date_bin(bin, upper(one) - interval '1 microsecond', 'epoch') + bin)) as part
       from unnest($2::text[], $3::text[], $4::text[]::tstzmultirange[], $5::interval[])
         as given (symbol, dataset, parts, bin), unnest(parts) as one
       group by symbol, dataset
     ), held as (
       select known.symbol, known.dataset, cut.part from coverage as known
       join cut on known.symbol = cut.symbol and split_part(known.dataset, '/', 1) = cut.dataset
       where known.venue = $1 and known.covered && cut.part
       order by known.symbol collate "C", known.dataset collate "C" for update of known
     )
     update coverage as known set covered = known.covered - held.part, absent = known.absent - held.part,
       rebuilding = known.rebuilding + known.covered * held.part, updated_at = clock_timestamp(),
       revised_at = greatest(clock_timestamp(), known.revised_at + interval '1 microsecond')
     from held where known.venue = $1 and known.symbol = held.symbol and known.dataset = held.dataset`,
    [
      venue,
      cuts.map(({ symbol }) => symbol),
      cuts.map(({ dataset }) => dataset),
      cuts.map(({ replaced }) => replaced),
      cuts.map(({ binMs }) => `${binMs} milliseconds`),
    ],
  )
}

const NEWCOMERS = `hashtextextended('perpctl ' || $1 || ' newcomers', 0)`

/**
 * Candles of a symbol of which nothing was known: there was no row that `isStale` could have held. Whoever writes what
 * is made without them is waited for, and then cut; whoever comes later sees them.
 */
export async function announce(client: pg.Client, venue: string): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(${NEWCOMERS})`, [venue])
}

/**
 * Whether anything that the commits were made from has changed since it was read. What has not is held until the end
 * of the transaction: a change comes after it, and then cuts what it has written.
 */
export async function isStale(
  client: pg.Client,
  venue: string,
  commits: readonly Commit[],
): Promise<boolean> {
  const basis = new Map(
    commits.flatMap((commit) => commit.basis ?? []).map((one) => [`${one.symbol} ${one.dataset}`, one]),
  )
  if (basis.size === 0) return false
  const known = [...basis.values()].filter(({ version }) => version !== '')
  if (known.length > 0 && !(await holdBasis(client, venue, known, endOf(commits)))) return true
  // The index is made from all symbols: one that has come since is a change too.
  const all = originsOf(commits)
  if (all.length === 0 && known.length === basis.size) return false
  return hasNewcomers(client, venue, [...basis.values()], all)
}

/** Where what a batch has was made up to. */
function endOf(commits: readonly Commit[]): number {
  const ends = commits.flatMap(({ rows, covered }) => [
    (covered.at(-1)?.to ?? 0) - 1,
    rows.count === 0 ? 0 : toBinaryRows(rows).timeAt(rows.count - 1),
  ])
  return Math.max(...ends)
}

/** Whether all of it is as it was read; then it stays so. What was only added after the end of the batch is no change. */
async function holdBasis(
  client: pg.Client,
  venue: string,
  known: readonly Basis[],
  end: number,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `select 1 from coverage as known
     join unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[]) as read (symbol, dataset, version, until)
       on known.symbol = read.symbol and known.dataset = read.dataset and known.revised_at::text = read.version
     where known.venue = $1
       and (read.until is null or read.until > $6 or upper(known.covered) is not distinct from read.until)
     order by known.symbol collate "C", known.dataset collate "C" for share of known`,
    [
      venue,
      known.map(({ symbol }) => symbol),
      known.map(({ dataset }) => coverageName(dataset)),
      known.map(({ version }) => version),
      known.map(({ until }) => (until === undefined ? null : new Date(until).toISOString())),
      new Date(end).toISOString(),
    ],
  )
  return rowCount === known.length
}

/** Datasets of which some of the commits need all symbols. */
function originsOf(commits: readonly Commit[]): Dataset[] {
  const entries = DERIVATIONS.filter((entry) => commits.some(({ dataset }) => dataset === entry.dataset))
  return entries.flatMap(({ needsAll, from }) => (needsAll ? from : []))
}

/** Whether there is coverage now where there was none: of the symbols of the basis, or of any symbol of datasets. */
async function hasNewcomers(
  client: pg.Client,
  venue: string,
  basis: readonly Basis[],
  all: readonly Dataset[],
): Promise<boolean> {
  await client.query(`select pg_advisory_xact_lock_shared(${NEWCOMERS})`, [venue])
  const nameOf = ({ symbol, dataset }: Basis): string => `${symbol} ${coverageName(dataset)}`
  const { rowCount } = await client.query(
    `select 1 from coverage where venue = $1 and dataset = any($5)
       and (symbol || ' ' || dataset = any($2) or (dataset = any($3) and symbol || ' ' || dataset <> all($4))) limit 1`,
    [
      venue,
      basis.filter(({ version }) => version === '').map(nameOf),
      all,
      basis.filter(({ version }) => version !== '').map(nameOf),
      ORIGINS,
    ],
  )
  return (rowCount ?? 0) > 0
}
