import { ConfigurationError } from '../lib/errors.ts'
import type { ClaimHolder } from '../lib/ports.ts'
import { ownCommand } from '../lib/text/own-command.ts'
import { findHolder } from './claim-holder.ts'
import { isAway, keepTrying, type Patience } from './patience.ts'
import { endRunSessions, sessionName } from './run-sessions.ts'
import { Session } from './session.ts'

/**
 * Claims as advisory locks of one session: given back by the server itself when the process dies. They keep two runs
 * from fetching the same page; the writes are safe without them.
 */
export class Claims implements AsyncDisposable {
  readonly #patience: Patience
  readonly #takesOver: boolean
  readonly #held = new Set<string>()
  /** A lost session came back, and somebody else had what it held. */
  #isTakenOver = false
  #session: Promise<Session> | undefined
  /** One statement at a time: a connection takes no second one while it works. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(patience: Patience, takesOver = false) {
    this.#patience = patience
    this.#takesOver = takesOver
  }

  async take(name: string): Promise<AsyncDisposable | undefined> {
    const isTaken = await this.#inTurn(() => this.#ask(name))
    if (this.#isTakenOver) {
      throw new ConfigurationError('another run has taken over what this one had in hand', {
        hint: `${ownCommand('status')} shows it; what this one has stored stays`,
      })
    }
    if (!isTaken) return undefined
    this.#held.add(name)
    return { [Symbol.asyncDispose]: () => this.#inTurn(() => this.#give(name)) }
  }

  holderOf(name: string): Promise<ClaimHolder | undefined> {
    return this.#inTurn(() => this.#speak((session) => findHolder(session.client, name)))
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => {})
    return result
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const session = await this.#session?.catch(() => undefined)
    await session?.[Symbol.asyncDispose]()
  }

  #ask(name: string): Promise<boolean> {
    return this.#speak(async (session) => {
      if (await tryLock(session, name)) return true
      return this.#takesOver && (await this.#takeOver(session, name))
    })
  }

  /** The holder's session may take a moment to end; then the next try has it. */
  async #takeOver(session: Session, name: string): Promise<boolean> {
    const holder = await findHolder(session.client, name)
    if (holder?.run === undefined || holder.run === this.#patience.run) return false
    await endRunSessions(session.client, this.#patience.url, holder.run)
    return tryLock(session, name)
  }

  #speak<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return keepTrying(this.#patience, async () => {
      const session = await this.#open()
      try {
        return await work(session)
      } catch (error) {
        if (isAway(error)) session.abandon()
        throw error
      }
    })
  }

  async #give(name: string): Promise<void> {
    this.#held.delete(name)
    const session = await this.#session?.catch(() => undefined)
    if (!session || session.isLost) return
    // A lost session has given its locks back already.
    await session.client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name]).catch(() => {})
  }

  async #open(): Promise<Session> {
    const current = await this.#session?.catch(() => undefined)
    if (current && !current.isLost) return current
    this.#session = this.#reopen()
    return this.#session
  }

  /** A new session takes back what the lost one held, where no other process was quicker. */
  async #reopen(): Promise<Session> {
    const session = await Session.open(this.#patience.url, sessionName('claims', this.#patience.run))
    for (const name of this.#held) {
      if (!(await tryLock(session, name)) && (await isTaken(session, name, this.#patience.run)))
        this.#isTakenOver = true
    }
    return session
  }
}

/** By another run: one's own lost session may not be gone yet. */
async function isTaken(session: Session, name: string, run: string | undefined): Promise<boolean> {
  const holder = await findHolder(session.client, name)
  return holder?.run !== undefined && holder.run !== run
}

async function tryLock(session: Session, name: string): Promise<boolean> {
  const { rows } = await session.client.query<{ taken: boolean }>(
    'select pg_try_advisory_lock(hashtextextended($1, 0)) as taken',
    [name],
  )
  return rows[0]?.taken === true
}
