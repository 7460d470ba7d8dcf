import type pg from 'pg'
import { toDatabaseError } from './database-error.ts'

/** The sessions of a run are known to the server by its id, which is how others find out who stands in their way. */
export const sessionName = (what: string, run: string | undefined): string =>
  run === undefined ? `perpctl ${what}` : `perpctl ${what} ${run}`

const RUN = /^perpctl \w+ ([0-9a-f]{8}-[0-9a-f-]{27})$/

/** Undefined for a session of nobody's run. */
export const runOf = (applicationName: string | null): string | undefined =>
  RUN.exec(applicationName ?? '')?.[1]

/** Ends all sessions of a run: what they hold and have not committed is given up. */
export async function endRunSessions(client: pg.Client, url: string, run: string): Promise<void> {
  try {
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name like 'perpctl % ' || $1 and datname = current_database() and pid <> pg_backend_pid()`,
      [run],
    )
  } catch (error) {
    throw toDatabaseError(error, url)
  }
}
