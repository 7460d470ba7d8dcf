import type { Dataset, RowOf } from '../lib/model/market.ts'
import type { Window } from '../lib/model/window.ts'
import type { Series } from '../lib/ports.ts'
import type { Sql } from './connect.ts'
import { type ColumnKind, hasSymbol, TABLES } from './tables.ts'

const toMs = (name: string): string => `(extract(epoch from ${name}) * 1000)::float8`

/** How a column is read as the value that its field has. */
const READERS: Readonly<Record<ColumnKind, (name: string) => string>> = {
  time: toMs,
  decimal: (name) => `${name}::text`,
  count: (name) => `${name}::float8`,
  integer: (name) => name,
  double: (name) => name,
  text: (name) => name,
}

/** The last row before `ts`: one step in the index of the key. */
export async function readLastBefore<D extends Dataset>(
  sql: Sql,
  venue: string,
  series: Series<D>,
  ts: number,
): Promise<RowOf[D] | undefined> {
  const columns = TABLES[series.dataset].columns.map(
    ({ name, field, kind }) => `${READERS[kind](name)} as "${field}"`,
  )
  const [row] = await sql<RowOf[D][]>`
    select ${sql.unsafe([`${toMs('ts')} as ts`, ...columns].join(', '))}
    from ${rowsOf(sql, venue, series)} and ts < ${iso(ts)} order by ts desc limit 1`
  return row
}

export async function hasRows(
  sql: Sql,
  venue: string,
  series: Series,
  { from, to }: Window,
): Promise<boolean> {
  const found = await sql`
    select 1 from ${rowsOf(sql, venue, series)} and ts >= ${iso(from)} and ts < ${iso(to)} limit 1`
  return found.length > 0
}

/** Table and condition of one series. */
function rowsOf(sql: Sql, venue: string, { dataset, symbol, variant }: Series) {
  const { name, variants } = TABLES[dataset]
  const ofSymbol = hasSymbol(dataset) ? sql`and symbol = ${symbol}` : sql``
  const ofVariant = variants ? sql`and ${sql(variants.column)} = ${variant ?? variants.usual}` : sql``
  return sql`${sql(name)} where venue = ${venue} ${ofSymbol} ${ofVariant}`
}

const iso = (ts: number): string => new Date(ts).toISOString()
