import type { Tier } from '../lib/events.ts'
import type { Sql } from './connect.ts'

/** Times in all reports are milliseconds since the epoch, by the clock of the database. */

export interface RunReport {
  readonly executionId: string
  readonly script: string
  /**
   * Where it never said goodbye and its heartbeat is older than a minute: `silent` as long as the server has sessions of
   * it, for it stands still or is cut off, and `lost` without any: the process died.
   */
  readonly state: 'running' | 'silent' | 'lost' | 'completed' | 'stopped' | 'failed'
  readonly isAlive: boolean
  readonly start: number
  readonly heartbeat: number
  readonly end: number | null
  readonly success: boolean | null
  readonly failureType: string | null
  readonly host: string
  readonly pid: number
  readonly version: string
  readonly requests: number
  readonly rowsFetched: number
  readonly rowsInserted: number
  readonly rowsUpdated: number
  readonly errors: number
  readonly warnings: number
  readonly tier: Tier | null
  /** Of the newest tier. */
  readonly message: string | null
}

/** The newest runs, newest first, and every one that is still there. */
export async function recentRuns(
  sql: Sql,
  { limit, since }: { readonly limit: number; readonly since?: number },
): Promise<RunReport[]> {
  // A run's rows lie between its start and its last sign of life: looking there spares an index on execution_id.
  return sql<RunReport[]>`
    select execution_id as "executionId", script_name as script, is_alive as "isAlive",
      case when is_alive then 'running' when end_time is null then case when exists (
          select from pg_stat_activity
          where datname = current_database() and application_name like 'perpctl % ' || run.execution_id
        ) then 'silent' else 'lost' end
        else coalesce(lower(told.status), case when success then 'completed' else 'failed' end) end as state,
      ${toMs(sql, 'start_time')} as start, ${toMs(sql, 'heartbeat_time')} as heartbeat, ${toMs(sql, 'end_time')} as end,
      success, failure_type as "failureType", host, pid, version, requests::float8 as requests,
      rows_fetched::float8 as "rowsFetched", rows_inserted::float8 as "rowsInserted",
      rows_updated::float8 as "rowsUpdated", error_count::float8 as errors, warning_count::float8 as warnings,
      told.status as tier, told.message
    from (
      select *, end_time is null and heartbeat_time > now() - interval '60 seconds' as is_alive from executions as one
      where start_time >= to_timestamp(${(since ?? 0) / 1_000}::float8) and execution_id in (
        (select execution_id from executions order by start_time desc limit ${limit})
        union all
        select execution_id from executions as open where end_time is null and (
          heartbeat_time > now() - interval '60 seconds' or exists (
            select from pg_stat_activity
            where datname = current_database() and application_name like 'perpctl % ' || open.execution_id))
      )
    ) as run
    left join lateral (
      select status, message from perp_status as row
      where row.execution_id = run.execution_id and row.ts >= run.start_time - interval '1 minute'
        and row.ts <= coalesce(run.end_time, run.heartbeat_time + interval '2 minutes') + interval '1 minute'
      order by row.ts desc, task_id desc limit 1
    ) as told on true
    order by start_time desc`
}

export interface VenueClock {
  /** The venue's now as far as the last run knew its clock, or else the database's now. */
  readonly now: number
  readonly isVenues: boolean
  readonly databaseNow: number
}

/** The venue's time, from what the last run noted of it and the time that has passed since. */
export async function readVenueClock(sql: Sql, venue: string): Promise<VenueClock> {
  const [row] = await sql<{ databaseNow: number; venueNow: number | null }[]>`
    select ${toMs(sql, 'now()')} as "databaseNow", (
      select (details ->> 'venueTime')::float8 + ${toMs(sql, 'now()')} - ${toMs(sql, 'ts')} from perp_status
      where details ? 'venueTime' and coalesce(details ->> 'venue', ${venue}) = ${venue}
      order by ts desc limit 1) as "venueNow"`
  const databaseNow = row?.databaseNow ?? Date.now()
  const venueNow = row?.venueNow ?? undefined
  return { now: venueNow ?? databaseNow, isVenues: venueNow !== undefined, databaseNow }
}

export interface StatusLine {
  readonly id: number
  readonly ts: number
  readonly script: string
  readonly tier: string
  readonly message: string | null
  readonly details: unknown
  readonly executionId: string | null
}

/** Rows of `perp_status` with a higher id, oldest first; without one, the newest `limit` of them. */
export async function listStatus(
  sql: Sql,
  { afterId, limit }: { readonly afterId?: number; readonly limit: number },
): Promise<StatusLine[]> {
  const newestFirst = await sql<StatusLine[]>`
    select task_id as id, ${toMs(sql, 'ts')} as ts, script_name as script, status as tier, message, details,
      execution_id as "executionId"
    from perp_status where task_id > ${afterId ?? 0} order by task_id desc limit ${limit}`
  return newestFirst.toReversed()
}

export interface ErrorFilter {
  readonly since?: number | undefined
  readonly until?: number | undefined
  /** A whole execution id or how it begins. */
  readonly executionId?: string | undefined
  readonly symbol?: string | undefined
  readonly type?: string | undefined
  readonly afterId?: number | undefined
  readonly limit: number
}

export interface ErrorReport {
  readonly id: number
  readonly ts: number
  readonly script: string | null
  readonly type: string | null
  readonly message: string | null
  readonly details: unknown
  readonly executionId: string | null
}

/** The newest failures that pass the filter, oldest first. */
export async function listErrors(sql: Sql, filter: ErrorFilter): Promise<ErrorReport[]> {
  const { since, until, executionId, symbol, type, afterId, limit } = filter
  const newestFirst = await sql<ErrorReport[]>`
    select error_id as id, ${toMs(sql, 'ts')} as ts, script_name as script, error_type as type,
      error_message as message, details, execution_id as "executionId"
    from perp_errors
    where error_id > ${afterId ?? 0}
      ${since === undefined ? sql`` : sql`and ts >= to_timestamp(${since / 1_000}::float8)`}
      ${until === undefined ? sql`` : sql`and ts < to_timestamp(${until / 1_000}::float8)`}
      ${executionId === undefined ? sql`` : sql`and starts_with(execution_id::text, ${executionId.toLowerCase()})`}
      ${symbol === undefined ? sql`` : sql`and details ->> 'symbol' = ${symbol}`}
      ${type === undefined ? sql`` : sql`and error_type = ${type}`}
    order by error_id desc limit ${limit}`
  return newestFirst.toReversed()
}

function toMs(sql: Sql, expression: 'start_time' | 'heartbeat_time' | 'end_time' | 'now()' | 'ts') {
  return sql.unsafe(`floor(extract(epoch from ${expression}) * 1000)::float8`)
}
