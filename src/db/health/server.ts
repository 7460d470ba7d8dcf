import { connect, type Sql } from '../connect.ts'

/** What a database tells of itself and of its server. */
export interface ServerFacts {
  /** `18.4` */
  readonly version: string
  readonly database: string
  readonly user: string
  /** The server's time minus the local one, taken in the middle between question and answer. */
  readonly clockOffsetMs: number
  readonly roundTripMs: number
  readonly databaseBytes: number
  /** Locks that all sessions together can hold, at least. */
  readonly lockRoom: number
  /** It takes no writes. */
  readonly isReadOnly: boolean
}

interface FactsRow {
  readonly version: string
  readonly database: string
  readonly user: string
  readonly bytes: string
  readonly locks: number
  readonly is_read_only: boolean
}

export async function readServerFacts(sql: Sql): Promise<ServerFacts> {
  const [row] = await sql<FactsRow[]>`
    select current_setting('server_version') as version, current_database() as database, current_user as user,
      pg_database_size(current_database()) as bytes,
      current_setting('max_locks_per_transaction')::int
        * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int) as locks,
      pg_is_in_recovery() or current_setting('transaction_read_only')::bool as is_read_only`
  const { offsetMs, roundTripMs } = await readClock(sql)
  return {
    version: row?.version ?? '',
    database: row?.database ?? '',
    user: row?.user ?? '',
    clockOffsetMs: offsetMs,
    roundTripMs,
    databaseBytes: Number(row?.bytes ?? 0),
    lockRoom: row?.locks ?? 0,
    isReadOnly: row?.is_read_only ?? false,
  }
}

async function readClock(sql: Sql): Promise<{ offsetMs: number; roundTripMs: number }> {
  const startedAt = performance.now()
  const [row] = await sql<
    { now: number }[]
  >`select (extract(epoch from clock_timestamp()) * 1000)::float8 as now`
  const roundTripMs = performance.now() - startedAt
  const middle = Date.now() - roundTripMs / 2
  return { offsetMs: (row?.now ?? middle) - middle, roundTripMs }
}

/** The time zone of sessions that ask for none, as those of psql: ours run in UTC whatever it is. */
export async function readDefaultTimeZone(url: string): Promise<string> {
  const sql = connect(url, { max: 1, applicationName: 'perpctl doctor', keepsTimeZone: true })
  try {
    const [row] = await sql<{ zone: string }[]>`select current_setting('TimeZone') as zone`
    return row?.zone ?? ''
  } finally {
    await sql.end({ timeout: 1 })
  }
}
