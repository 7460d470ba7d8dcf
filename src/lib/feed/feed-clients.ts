import type { Feed } from '../venue/feed.ts'
import type { ConnectionState } from './events.ts'
import { createCounter, FeedClient, type FeedClientOptions } from './feed-client.ts'

export interface FeedClientsOptions extends Omit<FeedClientOptions, 'feed' | 'nextNumber'> {
  readonly feeds: readonly Feed[]
}

/** All feeds of a venue as one: each symbol is heard of on each, and no two connections have the same number. */
export class FeedClients implements AsyncDisposable {
  readonly #clients: readonly FeedClient[]

  constructor({ feeds, ...options }: FeedClientsOptions) {
    const nextNumber = createCounter()
    this.#clients = feeds.map((feed) => new FeedClient({ ...options, feed, nextNumber }))
  }

  get connections(): readonly ConnectionState[] {
    return this.#clients.flatMap(({ connections }) => connections)
  }

  /** See `FeedClient`. */
  setSymbols(symbols: Iterable<string>): void {
    const all = [...symbols]
    for (const client of this.#clients) client.setSymbols(all)
  }

  /** See `FeedClient`. */
  renew(symbol: string): boolean {
    return this.#clients.map((client) => client.renew(symbol)).includes(true)
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
