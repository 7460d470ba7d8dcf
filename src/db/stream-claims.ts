import { ConfigurationError } from '../lib/errors.ts'
import { ownCommand } from '../lib/text/own-command.ts'
import { systemClock } from '../lib/time/clock.ts'
import { toDatabaseError } from './database-error.ts'
import { isAway } from './patience.ts'
import { endRunSessions } from './run-sessions.ts'
import { Session } from './session.ts'

/** Between two looks at whether the session still holds what it took. */
const WATCH = 5_000
/** How long a stream that was asked to end may take. */
const TAKEOVER_PATIENCE = 10_000
const POLL = 250
const CHANNEL = 'perpctl_takeover'

/** A stream that holds some of the symbols. */
export interface Holder {
  readonly executionId: string
  readonly symbols: readonly string[]
}

export interface StreamClaimOptions {
  readonly url: string
  readonly venue: string
  readonly executionId: string
  /** Another stream has been given the symbols, by its user's wish. Told once. */
  readonly onTakenOver: () => void
  /** How long another stream may take to end when it is asked to; then its sessions are ended. */
  readonly takeoverMs?: number
}

/**
 * The right to stream symbols: advisory locks of a session of its own, given back by the server however the process
 * ends. A session that is lost is opened anew and takes its symbols back.
 */
export class StreamClaims implements AsyncDisposable {
  readonly #options: StreamClaimOptions
  #session: Session
  #symbols: readonly string[] = []
  #timer: NodeJS.Timeout | undefined
  /** Whether the session has all that it should have. */
  #isWhole = true
  #isClosed = false

  private constructor(options: StreamClaimOptions, session: Session) {
    this.#options = options
    this.#session = session
  }

  static async open(options: StreamClaimOptions): Promise<StreamClaims> {
    const claims = new StreamClaims(options, await openSession(options))
    await claims.#listen()
    claims.#timer = setTimeout(() => void claims.#watch(), WATCH)
    return claims
  }

  /** Takes all or tells who has some of them, and then takes none. */
  take(symbols: readonly string[]): Promise<readonly Holder[]> {
    return this.#speak(() => this.#take(symbols))
  }

  give(symbols: readonly string[]): Promise<void> {
    this.#symbols = this.#symbols.filter((symbol) => !symbols.includes(symbol))
    return this.#speak(() => this.#giveBack(symbols))
  }

  async #take(symbols: readonly string[]): Promise<readonly Holder[]> {
    const missing = await this.#tryAll(symbols, this.#symbols)
    if (missing.length > 0) {
      await this.#giveBack(symbols.filter((symbol) => !missing.includes(symbol)))
      return this.#findHolders(missing)
    }
    this.#symbols = [...new Set([...this.#symbols, ...symbols])]
    return []
  }

  /** Asks whoever has the symbols to end, and waits for it; who does not hear is ended by the server. Throws `ConfigurationError` where that does not help. */
  async takeOver(symbols: readonly string[], signal: AbortSignal): Promise<void> {
    const { url, takeoverMs = TAKEOVER_PATIENCE } = this.#options
    const endsAt = systemClock.now() + takeoverMs
    for (;;) {
      const holders = await this.take(symbols)
      if (holders.length === 0) return
      const late = systemClock.now() - endsAt
      if (late > TAKEOVER_PATIENCE) {
        throw new ConfigurationError(`the stream ${holders[0]?.executionId} does not give its symbols up`, {
          hint: `end it by hand (${ownCommand('status')} shows its process), then start again`,
        })
      }
      // One that stands still hears nothing, and would keep them for ever.
      if (late > 0)
        for (const { executionId } of holders) await endRunSessions(this.#session.client, url, executionId)
      for (const { executionId } of holders)
        await this.#speak(() =>
          this.#session.client.query('select pg_notify($1, $2)', [CHANNEL, executionId]),
        )
      await systemClock.sleep(POLL, signal)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#session[Symbol.asyncDispose]()
  }

  async #speak<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw toDatabaseError(error, this.#options.url)
    }
  }

  /** Those that somebody else has; `held` are this session's already. */
  async #tryAll(symbols: readonly string[], held: readonly string[]): Promise<string[]> {
    const { rows } = await this.#session.client.query<{ symbol: string; taken: boolean }>(
      `select symbol, pg_try_advisory_lock(hashtextextended('perpctl stream ' || $1 || ' ' || symbol, 0)) as taken
       from unnest($2::text[]) as given (symbol) where not symbol = any($3)`,
      [this.#options.venue, symbols, held],
    )
    return rows.filter(({ taken }) => !taken).map(({ symbol }) => symbol)
  }

  async #giveBack(symbols: readonly string[]): Promise<void> {
    await this.#session.client.query(
      `select pg_advisory_unlock(hashtextextended('perpctl stream ' || $1 || ' ' || symbol, 0))
       from unnest($2::text[]) as given (symbol) where not symbol = any($3)`,
      [this.#options.venue, symbols, this.#symbols],
    )
  }

  /** By the name under which its session is known to the server. */
  async #findHolders(symbols: readonly string[]): Promise<Holder[]> {
    const { rows } = await this.#session.client.query<{ symbol: string; name: string | null }>(
      `select symbol, (
         select activity.application_name from pg_locks held join pg_stat_activity activity using (pid)
         where held.locktype = 'advisory' and held.granted and held.objsubid = 1
           and (held.classid::bigint << 32 | held.objid::bigint) = key limit 1) as name
       from (select symbol, hashtextextended('perpctl stream ' || $1 || ' ' || symbol, 0) as key
             from unnest($2::text[]) as given (symbol)) as wanted`,
      [this.#options.venue, symbols],
    )
    const groups = Map.groupBy(rows, ({ name }) => (name ?? '').replace('perpctl stream ', ''))
    return [...groups].map(([executionId, held]) => ({
      executionId,
      symbols: held.map(({ symbol }) => symbol),
    }))
  }

  async #listen(): Promise<void> {
    const { client } = this.#session
    client.on('notification', ({ payload }) => {
      if (payload === this.#options.executionId) this.#options.onTakenOver()
    })
    await client.query(`listen ${CHANNEL}`)
  }

  async #watch(): Promise<void> {
    try {
      if (this.#session.isLost) await this.#reopen()
      else if (!this.#isWhole) await this.#takeBack()
      else await this.#session.guard(WATCH, (client) => client.query('select 1'))
    } catch (error) {
      if (isAway(error)) this.#session.abandon()
    }
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#watch(), WATCH)
  }

  async #reopen(): Promise<void> {
    this.#session = await openSession(this.#options)
    if (this.#isClosed) return this.#session[Symbol.asyncDispose]()
    await this.#listen()
    await this.#takeBack()
  }

  /** The server may not have noticed yet that the lost session is gone: then nobody else has taken anything. */
  async #takeBack(): Promise<void> {
    const { executionId, onTakenOver } = this.#options
    this.#isWhole = false
    const missing = await this.#tryAll(this.#symbols, [])
    const holders = missing.length > 0 ? await this.#findHolders(missing) : []
    this.#isWhole = holders.length === 0
    if (holders.some((holder) => holder.executionId !== executionId && holder.executionId !== ''))
      onTakenOver()
    else if (holders.length > 0) await this.#endLostSession()
  }

  async #endLostSession(): Promise<void> {
    await this.#session.client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = $1 and datname = current_database() and pid <> pg_backend_pid()`,
      [nameOf(this.#options)],
    )
  }
}

/**
 * Of a machine that has lost its power or its network the server knows within some six seconds, and lets go of what it
 * held. One that only lost this session takes it back.
 */
const QUICK_DEATH = `select set_config(name, value, false) from (values
  ('tcp_keepalives_idle', '3'), ('tcp_keepalives_interval', '1'), ('tcp_keepalives_count', '3'),
  ('tcp_user_timeout', '6000')) as given (name, value)`

const nameOf = ({ executionId }: StreamClaimOptions): string => `perpctl stream ${executionId}`

async function openSession(options: StreamClaimOptions): Promise<Session> {
  try {
    const session = await Session.open(options.url, nameOf(options))
    await session.client.query(QUICK_DEATH)
    return session
  } catch (error) {
    throw toDatabaseError(error, options.url)
  }
}
