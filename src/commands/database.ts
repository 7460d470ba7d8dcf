import { connect, ensureDatabase } from '../db/connect.ts'
import { toDatabaseError } from '../db/database-error.ts'
import { ensureEmbedded } from '../db/embedded/ensure.ts'
import { assertMigrated, migrate } from '../db/migrate.ts'

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

/** The database of a command, ready for use: the user's own must be migrated, the embedded one migrates itself. */
export async function openDatabase(
  { home, databaseUrl, signal, note }: DatabaseChoice,
  isSim = false,
): Promise<string> {
  if (databaseUrl !== undefined) {
    await withSql(databaseUrl, assertMigrated)
    return databaseUrl
  }
  const { url } = await ensureEmbedded(home, { signal, note })
  const chosen = isSim ? await ensureDatabase(url, SIM_DATABASE) : url
  await withSql(chosen, migrate)
  return chosen
}

async function withSql(
  url: string,
  work: (sql: ReturnType<typeof connect>) => Promise<unknown>,
): Promise<void> {
  const sql = connect(url, { max: 1 })
  try {
    await work(sql)
  } catch (error) {
    throw toDatabaseError(error, url)
  } finally {
    await sql.end({ timeout: 1 })
  }
}
