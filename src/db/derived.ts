import type pg from 'pg'
import { type Dataset, INDEX_SYMBOL } from '../lib/model/market.ts'
import type { Basis, Commit } from '../lib/ports.ts'
import { toBinaryRows } from './copy-binary.ts'
import { coverageName } from './multirange.ts'

/** What a batch did to the rows of one symbol and dataset. */
export interface Change {
  readonly dataset: Dataset
  readonly symbol: string
  /** The first minute that is new or different, milliseconds. */
  readonly since: number
  /** Minutes that have other values than before, as a `tstzmultirange`. */
  readonly replaced: string
}

interface Cut {
  readonly symbol: string
  /** All variants of it. */
  readonly dataset: string
  readonly part: string
}

/** Whether anything is made from its rows. */
export const hasDerived = (dataset: Dataset): boolean => dataset === 'ohlcv' || dataset === 'mt'

const onwards = (ts: number): string => `{[${new Date(ts).toISOString()},)}`

/** What was made from candles is not true any more from where they changed: averages carry everything that was before. */
function listCuts(changes: readonly Change[]): Cut[] {
  const candles = changes.filter(({ dataset }) => dataset === 'ohlcv')
  const cuts = candles.flatMap(({ symbol, since, replaced }) => [
    { symbol, dataset: 'rsi', part: onwards(since) },
    ...(replaced === '{}' ? [] : [{ symbol, dataset: 'tv', part: replaced }]),
  ])
  const first = onwards(Math.min(...changes.map(({ since }) => since)))
  const index = candles.length > 0 ? [{ symbol: INDEX_SYMBOL, dataset: 'mt', part: first }] : []
  return [...cuts, ...index, { symbol: INDEX_SYMBOL, dataset: 'rsi', part: first }]
}

/**
 * Takes out of the coverage what was made from rows that have changed, in the transaction that changes them: the next
 * run makes it anew. Taker volume is made of five minutes at a time.
 */
export async function cutDerived(
  client: pg.Client,
  venue: string,
  changes: readonly Change[],
): Promise<void> {
  if (changes.length === 0) return
  const cuts = listCuts(changes)
  // Locked in one order: two transactions that both cut the index wait for each other.
  await client.query(
    `with cut as (
       select symbol, dataset, case when dataset = 'tv' then (
         select range_agg(tstzrange(date_bin('5 minutes', lower(one), 'epoch'),
           date_bin('5 minutes', upper(one) - interval '1 microsecond', 'epoch') + interval '5 minutes'))
         from unnest(part) as one) else part end as part
       from unnest($2::text[], $3::text[], $4::text[]::tstzmultirange[]) as given (symbol, dataset, part)
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
      cuts.map(({ part }) => part),
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
  const isOfAll = commits.some(({ dataset }) => dataset === 'mt')
  if (!isOfAll && known.length === basis.size) return false
  return hasNewcomers(client, venue, [...basis.values()], isOfAll)
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

/** Whether there is coverage now where there was none, of the symbols of the basis or of any. */
async function hasNewcomers(
  client: pg.Client,
  venue: string,
  basis: readonly Basis[],
  isOfAll: boolean,
): Promise<boolean> {
  await client.query(`select pg_advisory_xact_lock_shared(${NEWCOMERS})`, [venue])
  const nameOf = ({ symbol, dataset }: Basis): string => `${symbol} ${coverageName(dataset)}`
  const { rowCount } = await client.query(
    `select 1 from coverage where venue = $1 and dataset = 'ohlcv'
       and (symbol || ' ' || dataset = any($2) or ($3 and symbol || ' ' || dataset <> all($4))) limit 1`,
    [
      venue,
      basis.filter(({ version }) => version === '').map(nameOf),
      isOfAll,
      basis.filter(({ version }) => version !== '').map(nameOf),
    ],
  )
  return (rowCount ?? 0) > 0
}
