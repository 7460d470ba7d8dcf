import { isAway, keepTrying, type Patience } from './patience.ts'
import { Session } from './session.ts'

/**
 * Claims as advisory locks of one session: given back by the server itself when the process dies. They keep two runs
 * from fetching the same page; the writes are safe without them.
 */
export class Claims implements AsyncDisposable {
  readonly #patience: Patience
  readonly #held = new Set<string>()
  #session: Promise<Session> | undefined
  /** One statement at a time: a connection takes no second one while it works. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(patience: Patience) {
    this.#patience = patience
  }

  async take(name: string): Promise<AsyncDisposable | undefined> {
    const isTaken = await this.#inTurn(() => this.#ask(name))
    if (!isTaken) return undefined
    this.#held.add(name)
    return { [Symbol.asyncDispose]: () => this.#inTurn(() => this.#give(name)) }
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
    return keepTrying(this.#patience, async () => {
      const session = await this.#open()
      try {
        return await tryLock(session, name)
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
    const session = await Session.open(this.#patience.url, 'perpctl claims')
    for (const name of this.#held) await tryLock(session, name)
    return session
  }
}

async function tryLock(session: Session, name: string): Promise<boolean> {
  const { rows } = await session.client.query<{ taken: boolean }>(
    'select pg_try_advisory_lock(hashtextextended($1, 0)) as taken',
    [name],
  )
  return rows[0]?.taken === true
}
