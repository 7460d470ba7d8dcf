import type pg from 'pg'
import type { ClaimHolder } from '../lib/ports.ts'
import { runOf } from './run-sessions.ts'

interface HolderRow {
  readonly name: string
  readonly script: string | null
  readonly host: string | null
  readonly process: number | null
  readonly since: number
  readonly silent: number
}

/** Who holds the lock of this name; undefined where nobody does any more. */
export async function findHolder(client: pg.Client, name: string): Promise<ClaimHolder | undefined> {
  const { rows } = await client.query<HolderRow>(
    `select activity.application_name as name, run.script_name as script, run.host, run.pid as process,
       (extract(epoch from coalesce(run.start_time, activity.backend_start)) * 1000)::float8 as since,
       greatest(0, extract(epoch from now() - coalesce(run.heartbeat_time, now())) * 1000)::float8 as silent
     from pg_locks held join pg_stat_activity activity using (pid)
     left join executions run on activity.application_name like '% ' || run.execution_id
     cross join (select hashtextextended($1, 0) as key) as wanted
     where held.locktype = 'advisory' and held.granted and held.objsubid = 1 and held.database = activity.datid
       and activity.datname = current_database()
       and (held.classid::bigint << 32 | held.objid::bigint) = wanted.key limit 1`,
    [name],
  )
  const [row] = rows
  if (!row) return undefined
  const { script, host, process, since, silent } = row
  return { run: runOf(row.name), script, host, process, since, silentMs: silent }
}
