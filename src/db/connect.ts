import postgres from 'postgres'
import { ARRAY_TYPES } from './array-types.ts'
import { toDatabaseError } from './database-error.ts'
import { parseDatabaseUrl, withDatabase } from './database-url.ts'
import { STARTUP_SETTINGS } from './session-settings.ts'

export { toDatabaseError } from './database-error.ts'
export { describeDatabase } from './database-url.ts'

export type Sql = postgres.Sql

export interface ConnectOptions {
  /** Connections of the pool; opened when needed. Default 4. */
  readonly max?: number
  /** What the server shows in `pg_stat_activity`. */
  readonly applicationName?: string
  /** The time zone that the server gives to whoever asks for none, instead of UTC. */
  readonly keepsTimeZone?: boolean
  /** Values stay the text that the server sends. */
  readonly isRaw?: boolean
}

/** Of all types that the driver would turn into something else: `boolean`, `json`, numbers, times, `bytea`. */
const RAW_TYPES = {
  raw: {
    to: 25,
    from: [16, 17, 21, 23, 26, 114, 700, 701, 1082, 1114, 1184, 3802],
    parse: (text: string): string => text,
    serialize: String,
  },
}

const CONNECT_TIMEOUT_SECONDS = 10
const DUPLICATE_DATABASE = ['42P04', '23505']

/**
 * A pool that connects with its first query. Whoever opens it ends it, with a time limit (`sql.end({ timeout: 1 })`,
 * seconds): without one the driver waits for ever where the server went away in the middle of a query. `bigint` and
 * `numeric` arrive as strings; sessions run with `SESSION_SETTINGS`.
 *
 * @throws ConfigurationError for an unusable url
 */
export function connect(
  url: string,
  { max = 4, applicationName = 'perpctl', keepsTimeZone = false, isRaw = false }: ConnectOptions = {},
): Sql {
  const address = parseDatabaseUrl(url)
  const { host, port, user, password, database } = address
  const { TimeZone: _, ...others } = STARTUP_SETTINGS
  // As lists, which the driver takes and its types do not know: a single IPv6 address would be cut at its first colon.
  const server: object = { host: [host], port: [port] }
  return postgres({
    ...server,
    ...(host.startsWith('/') && { path: `${host}/.s.PGSQL.${port}` }),
    user,
    database,
    // Not undefined, for which the driver has a default of its own.
    password: password ?? '',
    ssl: address.ssl,
    max,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    // A connection that is replaced by age would lose the advisory locks of its session.
    max_lifetime: null,
    prepare: true,
    fetch_types: false,
    types: isRaw ? RAW_TYPES : ARRAY_TYPES,
    onnotice: () => {},
    connection: {
      application_name: address.application_name ?? applicationName,
      ...(keepsTimeZone ? others : STARTUP_SETTINGS),
      ...(address.options !== undefined && { options: address.options }),
    },
  })
}

function hasCode(error: unknown, codes: readonly string[]): boolean {
  return error instanceof postgres.PostgresError && codes.includes(error.code)
}

/** The server has no database of that name; also where that is the cause of a `DatabaseError`. */
export function isMissingDatabase(error: unknown): boolean {
  return hasCode(error, ['3D000']) || (error instanceof Error && hasCode(error.cause, ['3D000']))
}

async function createDatabase(url: string, name: string): Promise<void> {
  const sql = connect(url, { max: 1 })
  try {
    const found = await sql`select 1 from pg_database where datname = ${name}`
    if (found.length > 0) return
    await sql`create database ${sql(name)}`
  } catch (error) {
    // Another process was quicker.
    if (!hasCode(error, DUPLICATE_DATABASE)) throw error
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/**
 * Creates the database on the server of `url` unless it is there; safe when several do it at once. The database that
 * `url` names itself need not exist.
 */
export async function ensureDatabase(url: string, name: string): Promise<string> {
  try {
    await createDatabase(url, name)
  } catch (error) {
    if (!isMissingDatabase(error)) throw toDatabaseError(error, url)
    const maintenance = withDatabase(url, 'postgres')
    await createDatabase(maintenance, name).catch((cause: unknown) => {
      throw toDatabaseError(cause, maintenance)
    })
  }
  return withDatabase(url, name)
}
