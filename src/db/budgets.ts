import { randomUUID } from 'node:crypto'
import { DatabaseError } from '../lib/errors.ts'
import { SECOND } from '../lib/model/window.ts'
import type { BudgetAnswer, BudgetAsk, BudgetBroker, BudgetKey } from '../lib/rate/shared-budget.ts'
import type { Clock } from '../lib/time/clock.ts'
import { connect, type Sql } from './connect.ts'
import { toDatabaseError } from './database-error.ts'

/** A connection on which nothing comes back for this long is given up. */
const SILENCE = 5 * SECOND

export interface PostgresBudgetsOptions {
  readonly url: string
  readonly clock: Clock
}

interface Connection {
  readonly sql: Sql
  /** Settles when it stands, or cannot. */
  readonly opened: Promise<unknown>
}

interface AnswerRow {
  readonly credit: string
  readonly wait_ms: number | null
  readonly holders: string
  readonly fallback: string
  readonly same_payers: readonly string[] | null
}

/** Without a blank inside its parts, whatever a symbol is made of. */
const nameOf = ({ host, pool, symbol, payer }: BudgetKey): string =>
  [host, pool, ...(symbol === undefined ? [] : [encodeURIComponent(symbol)]), payer].join(' ')

/**
 * Budgets in the database, by one function that sees them under a lock (`migrations/006_shared_budgets.sql`). The server's
 * clock measures; of the local one only ages are told. One connection, opened at once because the first request of a
 * run waits for it.
 */
export class PostgresBudgets implements BudgetBroker, AsyncDisposable {
  readonly #options: PostgresBudgetsOptions
  readonly #holder = randomUUID()
  #seq = 0
  #connection: Connection | undefined
  #isClosed = false

  constructor(options: PostgresBudgetsOptions) {
    this.#options = options
    this.#open()
  }

  /** @throws DatabaseError where the database cannot be asked, or does not answer within five seconds */
  async ask(ask: BudgetAsk): Promise<BudgetAnswer> {
    // A connection that is opened now would never be ended.
    if (this.#isClosed) throw new DatabaseError('the budgets of this process are closed')
    const connection = this.#open()
    const { promise: silence, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Error('the database did not answer in time')), SILENCE)
    timer.unref()
    try {
      return await Promise.race([this.#send(connection, ask), silence])
    } catch (error) {
      this.#drop(connection)
      throw toDatabaseError(error, this.#options.url)
    } finally {
      clearTimeout(timer)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await this.#connection?.sql.end({ timeout: 1 })
  }

  /** Ages are taken once the connection stands: one that had to be waited for would make them too small. */
  async #send({ sql, opened }: Connection, ask: BudgetAsk): Promise<BudgetAnswer> {
    await opened
    this.#seq += 1
    const now = this.#options.clock.now()
    const { key, spent, report, ...numbers } = ask
    const word = {
      ...numbers,
      budget: nameOf(key),
      host: key.host,
      payer: key.payer,
      holder: this.#holder,
      seq: this.#seq,
      spent: spent.map(({ entry, weight, at }) => [entry, weight, now - at]),
      ...(report ? { used: report.used, usedAgeMs: now - report.at } : {}),
    }
    const [row] = await sql<AnswerRow[]>`select * from ask_budget(${sql.json(word)})`
    return {
      credit: Number(row?.credit ?? 0),
      waitMs: row?.wait_ms ?? Number.POSITIVE_INFINITY,
      holders: Number(row?.holders ?? 1),
      fallback: Number(row?.fallback ?? 0),
      samePayers: row?.same_payers ?? [],
    }
  }

  #open(): Connection {
    if (this.#connection) return this.#connection
    const sql = connect(this.#options.url, { max: 1, applicationName: 'perpctl budgets' })
    const opened = sql`select 1`.execute()
    // Whoever asks hears of it.
    opened.catch(() => {})
    this.#connection = { sql, opened }
    return this.#connection
  }

  /** The next ask gets a connection of its own: on this one it would wait behind what is never answered. */
  #drop(connection: Connection): void {
    if (this.#connection === connection) this.#connection = undefined
    connection.sql.end({ timeout: 0 }).catch(() => {})
  }
}
