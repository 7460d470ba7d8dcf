import { type Sql, toDatabaseError } from '../../db/connect.ts'
import { hasEmbedded } from '../../db/embedded/inspect.ts'
import { systemClock } from '../../lib/time/clock.ts'
import { chooseDatabaseUrl, connectDatabase } from '../database.ts'
import { tell } from '../output.ts'
import { NOTHING_YET } from './nothing-yet.ts'
import type { ReportSettings } from './settings.ts'

export interface ReportDatabase extends AsyncDisposable {
  readonly sql: Sql
  readonly url: string
}

const POLL_MS = 500

/**
 * The database that the same settings would fill. Undefined where no run has made one: who only looks creates nothing.
 * With `--tail` the first run is waited for.
 */
export async function openReportDatabase(
  settings: ReportSettings,
  signal: AbortSignal,
): Promise<ReportDatabase | undefined> {
  const { home, sim, tail } = settings
  const databaseUrl = chooseDatabaseUrl(settings)
  const isThere = async (): Promise<boolean> => databaseUrl !== undefined || (await hasEmbedded(home))
  if (!(await isThere())) {
    if (!tail) return undefined
    tell(NOTHING_YET)
    while (!(await isThere())) {
      await systemClock.sleep(POLL_MS, signal).catch(() => {})
      if (signal.aborted) return undefined
    }
  }
  const { url, sql } = await connectDatabase(
    { home, databaseUrl, signal, note: tell },
    { isSim: sim, applicationName: 'perpctl report' },
  )
  return { sql, url, [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }) }
}

/** Runs queries whose failure is told as one of the database. */
export async function query<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw toDatabaseError(error, url)
  }
}
