import { type Sql, toDatabaseError } from '../../db/connect.ts'
import { chooseDatabaseUrl, connectDatabase } from '../database.ts'
import { tell } from '../output.ts'
import type { ReportSettings } from './settings.ts'

export interface ReportDatabase extends AsyncDisposable {
  readonly sql: Sql
  readonly url: string
}

/** The database that the same settings would fill. */
export async function openReportDatabase(
  settings: ReportSettings,
  signal: AbortSignal,
): Promise<ReportDatabase> {
  const { home, sim } = settings
  const databaseUrl = chooseDatabaseUrl(settings)
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
