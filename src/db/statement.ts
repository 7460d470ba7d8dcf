import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { type PerpctlError, UsageError } from '../lib/errors.ts'
import { connect, type Sql, toDatabaseError } from './connect.ts'

export interface ResultColumn {
  readonly name: string
  /** The oid of its type. */
  readonly type: number
}

/** A value as the server writes it as text; null is SQL's. */
export type Cell = string | null

/** What becomes of the answer to a statement, in the order of its coming. Awaited: nothing runs ahead of it. */
export interface ResultSink {
  columns(columns: readonly ResultColumn[]): Promise<void>
  rows(rows: readonly (readonly Cell[])[]): Promise<void>
  /** `command` as the server calls it: `SELECT`, `INSERT`; rows that it has returned or changed. */
  end(command: string, count: number): Promise<void>
}

export interface StatementOptions {
  /** Otherwise the server refuses whatever changes data. */
  readonly isWriting: boolean
  /** Undefined: as long as it takes. */
  readonly timeoutMs?: number | undefined
  /** Has the server cancel it. */
  readonly signal: AbortSignal
}

/** Rows that are in memory at once. */
const BATCH = 1_000

/** For statements of a user: one session, values as text. */
export const openStatements = (url: string): Sql =>
  connect(url, { max: 1, applicationName: 'perpctl psql', isRaw: true })

/**
 * Runs one statement in a transaction of its own, a read-only one by the server's word unless `isWriting`.
 *
 * @throws UsageError for what is wrong with the statement, with the place
 */
export async function runStatement(
  { sql, url }: { readonly sql: Sql; readonly url: string },
  text: string,
  sink: ResultSink,
  { isWriting, timeoutMs = 0, signal }: StatementOptions,
): Promise<void> {
  signal.throwIfAborted()
  try {
    await sql.begin(isWriting ? 'read write' : 'read only', async (transaction) => {
      const pid = await prepareSession(transaction, timeoutMs)
      const { columns = [] } = await transaction.unsafe(text).describe()
      await sink.columns(columns.map(({ name, type }) => ({ name, type })))
      await cancelledBy(signal, { pid, url }, () => pullRows(transaction, text, sink, signal))
    })
  } catch (error) {
    throw toStatementError(error, { text, url })
  }
}

/** The process of the server that runs this transaction. */
async function prepareSession(sql: postgres.TransactionSql, timeoutMs: number): Promise<string> {
  // Whoever reads the rows may take his time.
  const [{ pid } = { pid: '' }] = await sql<{ pid: string }[]>`
    select pg_backend_pid()::text as pid, set_config('idle_in_transaction_session_timeout', '0', true),
      set_config('statement_timeout', ${String(Math.ceil(timeoutMs))}, true)`
  return pid
}

const CANCEL_EVERY_MS = 200

/**
 * Has the server cancel what `pid` does once `signal` is aborted, again and again until `work` has ended: a
 * cancellation that arrives between two messages is forgotten by the server.
 */
async function cancelledBy(
  signal: AbortSignal,
  { pid, url }: { readonly pid: string; readonly url: string },
  work: () => Promise<void>,
): Promise<void> {
  signal.throwIfAborted()
  const over = new AbortController()
  const working = work().finally(() => over.abort())
  const cancelling = (async () => {
    await aborted(AbortSignal.any([signal, over.signal]))
    if (over.signal.aborted) return
    const other = connect(url, { max: 1, applicationName: 'perpctl psql' })
    while (!over.signal.aborted) {
      // A server without room for a second session may have some a moment later.
      await other`select pg_cancel_backend(${pid}::text::integer)`.catch(() => {})
      await sleep(CANCEL_EVERY_MS, undefined, { signal: over.signal }).catch(() => {})
    }
    await other.end({ timeout: 1 })
  })()
  await Promise.all([working, cancelling])
}

const aborted = (signal: AbortSignal): Promise<unknown> =>
  signal.aborted ? Promise.resolve() : once(signal, 'abort')

async function pullRows(
  sql: postgres.TransactionSql,
  text: string,
  sink: ResultSink,
  signal: AbortSignal,
): Promise<void> {
  let returned = 0
  const done = await sql
    .unsafe<Record<string, Cell>[]>(text)
    .values()
    .cursor(BATCH, async (rows) => {
      signal.throwIfAborted()
      returned += rows.length
      if (rows.length > 0) await sink.rows(rows)
    })
  // Those of SHOW and EXPLAIN, which are in no cursor.
  const rest: readonly (readonly Cell[])[] = Array.isArray(done) && returned === 0 ? [...done] : []
  if (rest.length > 0) await sink.rows(rest)
  await sink.end(done.command, Math.max(returned, rest.length, done.count ?? 0))
}

/** Classes of SQLSTATE that are about the statement, not about the server. */
const OF_STATEMENT = /^(?:0A|20|21|22|23|25|2B|2F|34|38|39|3F|42|44|54|55|57014|P0)/

const READ_ONLY = '25006'
const SYNTAX = '42601'

export function toStatementError(
  error: unknown,
  { text, url }: { readonly text: string; readonly url: string },
): PerpctlError {
  if (!(error instanceof postgres.PostgresError) || !OF_STATEMENT.test(error.code))
    return toDatabaseError(error, url)
  const { code, message, position, hint } = error
  const isList = code === SYNTAX && message.includes('multiple commands')
  const hints = [
    hint,
    code === READ_ONLY ? 'add --write if it is meant to change data' : undefined,
    isList ? 'give one statement at a time' : undefined,
  ].filter((one) => one !== undefined)
  return new UsageError(`${describePlace(text, Number(position))}${message} (${code})`, {
    cause: error,
    ...(hints.length > 0 && { hint: hints.join('; ') }),
    details: { code },
  })
}

/** `line 2, column 8: `; the server counts characters from 1. */
function describePlace(text: string, position: number): string {
  if (!Number.isInteger(position) || position < 1) return ''
  const before = [...text].slice(0, position - 1).join('')
  const lines = before.split('\n')
  return `line ${lines.length}, column ${[...(lines.at(-1) ?? '')].length + 1}: `
}
