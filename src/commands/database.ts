import { type ConnectOptions, connect, ensureDatabase, isMissingDatabase, type Sql } from '../db/connect.ts'
import { toDatabaseError } from '../db/database-error.ts'
import { describeAssumedPlace, isPooled, markPooled, withDatabase } from '../db/database-url.ts'
import { ensureEmbedded } from '../db/embedded/ensure.ts'
import { assertMigrated, migrate } from '../db/migrate.ts'
import { assertRoute, isPoolerRefusal } from '../db/route.ts'

export interface DatabaseChoice {
  readonly home: string
  readonly databaseUrl: string | undefined
  readonly signal?: AbortSignal
  readonly note: (message: string) => void
}

/** Simulated data never mix with real ones. */
export const SIM_DATABASE = 'perpctl_sim'

/** Undefined: the embedded server. That of `--sim` is the user's own only where it is named on the command line. */
export function chooseDatabaseUrl(settings: {
  readonly sim: boolean
  readonly isDatabaseUrlFlag: boolean
  readonly databaseUrl?: string | undefined
}): string | undefined {
  return settings.sim && !settings.isDatabaseUrlFlag ? undefined : settings.databaseUrl
}

export interface OpenDatabase {
  readonly url: string
  /** One session; whoever opens it ends it. */
  readonly sql: Sql
}

/**
 * The database of a command, ready for use: the user's own must be migrated, the embedded one migrates itself. In one
 * session, as a report takes less time than a second one.
 */
export async function connectDatabase(
  { home, databaseUrl, signal, note }: DatabaseChoice,
  { isSim = false, applicationName }: { readonly isSim?: boolean; readonly applicationName: string },
): Promise<OpenDatabase> {
  const options = { max: 1, applicationName }
  if (databaseUrl !== undefined) {
    const opened = await prepare(databaseUrl, assertMigrated, options)
    noteAssumptions(databaseUrl, note)
    return opened
  }
  const { url } = await ensureEmbedded(home, { signal, note })
  if (!isSim) return await prepare(url, migrate, options)
  try {
    return await prepare(withDatabase(url, SIM_DATABASE), migrate, options)
  } catch (error) {
    if (!isMissingDatabase(error)) throw error
    return await prepare(await ensureDatabase(url, SIM_DATABASE), migrate, options)
  }
}

/** Told when it has worked: an error says the same. */
export function noteAssumptions(databaseUrl: string, note: DatabaseChoice['note']): void {
  const assumed = describeAssumedPlace(databaseUrl)
  if (assumed !== '') note(`not in the database url, and assumed: ${assumed}`)
}

/** The same for what opens sessions of its own, and holds locks by them. */
export async function openDatabase(choice: DatabaseChoice, isSim = false): Promise<string> {
  const { url, sql } = await connectDatabase(choice, { isSim, applicationName: 'perpctl' })
  await sql.end({ timeout: 1 })
  if (choice.databaseUrl !== undefined) await assertRoute(url)
  return url
}

async function prepare(
  url: string,
  work: (sql: Sql) => Promise<unknown>,
  options: ConnectOptions,
): Promise<OpenDatabase> {
  const sql = connect(url, options)
  try {
    await work(sql)
    return { url, sql }
  } catch (error) {
    await sql.end({ timeout: 1 })
    if (!isPoolerRefusal(error) || isPooled(url)) throw toDatabaseError(error, url)
    return await prepare(markPooled(url), work, options)
  }
}
