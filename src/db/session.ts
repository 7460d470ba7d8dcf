import { Socket } from 'node:net'
import pg from 'pg'
import { parseDatabaseUrl } from './database-url.ts'

/**
 * One connection of `pg`, whose COPY rejects at once when the server refuses it (that of postgres.js never settles).
 * Its socket is ours, so that a server that has gone silent can be let go of.
 */
export class Session implements AsyncDisposable {
  readonly client: pg.Client
  readonly #socket = new Socket()
  isLost = false

  private constructor(url: string, applicationName: string) {
    const socket = this.#socket
    this.client = new pg.Client({
      ...parseDatabaseUrl(url),
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
    const session = new Session(url, applicationName)
    try {
      await session.client.connect()
      // A server that never hears that we are gone would hold our locks for hours.
      await session.client.query(
        "set timezone to 'UTC'; set tcp_keepalives_idle to 30; set tcp_keepalives_interval to 10; set tcp_keepalives_count to 3",
      )
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
