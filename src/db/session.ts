import { Socket } from 'node:net'
import pg from 'pg'
import { type DatabaseAddress, parseDatabaseUrl } from './database-url.ts'
import { lateSettings } from './session-settings.ts'

/**
 * One connection of `pg`, whose COPY rejects at once when the server refuses it (that of postgres.js never settles).
 * Its socket is ours, so that a server that has gone silent can be let go of.
 */
export class Session implements AsyncDisposable {
  readonly client: pg.Client
  readonly #socket = new Socket()
  isLost = false

  private constructor(address: DatabaseAddress, applicationName: string) {
    const socket = this.#socket
    this.client = new pg.Client({
      ...address,
      // Looked for already; the driver would look again, and warn.
      password: address.password ?? '',
      application_name: applicationName,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      stream: () => socket,
    })
    // Without a listener the loss of an idle connection would end the process.
    this.client.on('error', () => {
      this.isLost = true
    })
  }

  static async open(url: string, applicationName: string): Promise<Session> {
    const address = parseDatabaseUrl(url)
    const session = new Session(address, applicationName)
    try {
      await session.client.connect()
      await session.client.query(lateSettings(address.isPooled))
      return session
    } catch (error) {
      session.abandon()
      throw error
    }
  }

  /** Runs `work`; if it takes longer than `timeoutMs` the connection is cut, which rejects whatever waits for it. */
  async guard<T>(timeoutMs: number, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.abandon(), timeoutMs)
    try {
      return await work(this.client)
    } finally {
      clearTimeout(timer)
    }
  }

  abandon(): void {
    this.isLost = true
    this.#socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isLost) return this.abandon()
    await this.guard(2_000, (client) => client.end()).catch(() => this.abandon())
  }
}
