import { hostname } from 'node:os'
import postgres from 'postgres'
import type { ExecutionCounts, Journal } from '../lib/ports.ts'
import type { Redactor } from '../lib/text/secrets.ts'
import type { Sql } from './connect.ts'
import { type JournalRow, storable, storableText } from './journal-values.ts'
import { removeOldRows } from './retention.ts'

export interface JournalRun {
  readonly executionId: string
  readonly script: string
  readonly version: string
}

/** The journal of one run. Everything is redacted before it leaves the process; `sql` stays the caller's. */
export function createJournal(sql: Sql, run: JournalRun, redactor: Redactor): Journal {
  return new PostgresJournal(sql, run, redactor)
}

class PostgresJournal implements Journal {
  readonly #sql: Sql
  readonly #run: JournalRun
  readonly #redactor: Redactor

  constructor(sql: Sql, run: JournalRun, redactor: Redactor) {
    this.#sql = sql
    this.#run = run
    this.#redactor = redactor
  }

  /** The run and its `Started` row, once however often it is tried; then old rows are removed. */
  async start(params: Readonly<Record<string, unknown>>): Promise<void> {
    const { executionId, script, version } = this.#run
    const [host, pid] = [hostname(), process.pid]
    const shown = storable(this.#redactor.value(params))
    await this.#sql.begin(async (sql) => {
      const added = await sql`
        insert into executions (execution_id, script_name, params, version, host, pid)
        values (${executionId}, ${script}, ${sql.json(shown)}, ${version}, ${host}, ${pid})
        on conflict (execution_id) do nothing`
      if (added.count === 0) return
      const details = storable({ params: shown, version, host, pid })
      await sql`
        insert into perp_status (script_name, status, message, details, execution_id)
        values (${script}, 'Started', ${`${script} started`}, ${sql.json(details)}, ${executionId})`
    })
    // Housekeeping: what it cannot remove today must not keep this run from being recorded.
    await removeOldRows(this.#sql).catch(() => {})
  }

  async status(...[tier, message, details]: Parameters<Journal['status']>): Promise<void> {
    const { executionId, script } = this.#run
    const text = storableText(this.#redactor.text(message))
    await this.#sql`
      insert into perp_status (script_name, status, message, details, execution_id)
      values (${script}, ${tier}, ${text}, ${this.#sql.json(storable(this.#redactor.value(details)))}, ${executionId})`
  }

  async failures(rows: Parameters<Journal['failures']>[0]): Promise<void> {
    const safe = rows.map(
      ({ type, message, details }): JournalRow => ({
        type: storableText(type),
        message: storableText(this.#redactor.text(message)),
        details: storable(this.#redactor.value(details)),
      }),
    )
    if (safe.length > 0) await this.#insertFailures(safe)
  }

  async heartbeat(counts: ExecutionCounts): Promise<void> {
    await this.#sql`
      update executions set heartbeat_time = now(), ${this.#sql(toColumns(counts))}
      where execution_id = ${this.#run.executionId}`
  }

  async finish(...[success, failureType, counts, performance]: Parameters<Journal['finish']>): Promise<void> {
    const summary = this.#sql.json(storable(this.#redactor.value(performance)))
    await this.#sql`
      update executions
      set heartbeat_time = now(), end_time = now(), success = ${success}, failure_type = ${failureType},
        performance_summary = ${summary}, ${this.#sql(toColumns(counts))}
      where execution_id = ${this.#run.executionId}`
  }

  /** One row that the server refuses must not keep the others out: they are halved until it stands alone. */
  async #insertFailures(rows: readonly JournalRow[]): Promise<void> {
    const { executionId, script } = this.#run
    try {
      await this.#sql`
        insert into perp_errors (script_name, error_type, error_message, details, execution_id)
        select ${script}, one ->> 'type', one ->> 'message', one -> 'details', ${executionId}::uuid
        from jsonb_array_elements(${this.#sql.json(rows)}) with ordinality as part (one, at) order by at`
    } catch (error) {
      if (!isRefusal(error)) throw error
      if (rows.length > 1) {
        const half = Math.ceil(rows.length / 2)
        await this.#insertFailures(rows.slice(0, half))
        return this.#insertFailures(rows.slice(half))
      }
      const reason = error instanceof Error ? error.message : String(error)
      const details = { reason: storableText(this.#redactor.text(reason)) }
      await this.#sql`
        insert into perp_errors (script_name, error_type, error_message, details, execution_id)
        values (${script}, 'unrecorded', 'a failure could not be recorded', ${this.#sql.json(details)}, ${executionId})`
    }
  }
}

/** The server does not take these values, and never will: data exceptions, constraints, limits. */
function isRefusal(error: unknown): boolean {
  return error instanceof postgres.PostgresError && /^(?:22|23|54)/.test(error.code)
}

function toColumns(counts: ExecutionCounts): Record<string, number> {
  return {
    requests: counts.requests,
    rows_fetched: counts.rowsFetched,
    rows_inserted: counts.rowsInserted,
    rows_updated: counts.rowsUpdated,
    error_count: counts.errors,
    warning_count: counts.warnings,
  }
}
