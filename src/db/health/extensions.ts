import type { Sql } from '../connect.ts'

/** An extension that changes how tables are stored. */
export interface StorageExtension {
  readonly name: 'timescaledb' | 'citus'
  readonly version: string
  /** Hypertables, or distributed tables, of ours. */
  readonly tables: readonly string[]
}

interface Known {
  readonly name: StorageExtension['name']
  /** Names of the tables that it keeps in its own way, in the schema of ours. */
  readonly query: string
}

const KNOWN: readonly Known[] = [
  {
    name: 'timescaledb',
    query: `select hypertable_name::text as name from timescaledb_information.hypertables
      where hypertable_schema = current_schema() order by 1`,
  },
  {
    name: 'citus',
    query: `select relname::text as name from pg_dist_partition join pg_class on pg_class.oid = logicalrelid
      where relnamespace = current_schema()::regnamespace order by 1`,
  },
]

export async function listStorageExtensions(sql: Sql): Promise<StorageExtension[]> {
  const installed = await sql<{ name: string; version: string }[]>`
    select extname as name, extversion as version from pg_extension
    where extname = any (${KNOWN.map(({ name }) => name)}::text[])`
  const found: StorageExtension[] = []
  for (const { name, query } of KNOWN) {
    const own = installed.find((one) => one.name === name)
    if (!own) continue
    const tables = await sql.unsafe<{ name: string }[]>(query)
    found.push({ name, version: own.version, tables: tables.map((table) => table.name) })
  }
  return found
}
