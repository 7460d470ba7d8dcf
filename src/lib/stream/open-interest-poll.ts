import { RequestFailedError, VenueRefusedError } from '../errors.ts'
import type { RunEventBus } from '../events.ts'
import type { VenueClient } from '../http/venue-client.ts'
import type { OpenInterest } from '../model/market.ts'
import { floorTo, MINUTE, SECOND } from '../model/window.ts'
import type { Venue } from '../venue/venue.ts'
import type { StreamWriter } from './stream-writer.ts'

/** Asked for late in a minute: what was seen then holds for the next one, and is not known any earlier. */
const OFFSET = 40 * SECOND

export interface OpenInterestPollOptions {
  readonly venue: Venue
  readonly client: Pick<VenueClient, 'fetch'>
  readonly writer: StreamWriter
  readonly events: RunEventBus
  readonly signal: AbortSignal
  readonly concurrency: number
  readonly symbols: () => readonly string[]
  readonly venueNow: () => number
}

/** Open interest of each symbol once a minute, as the venue tells it now. */
export class OpenInterestPoll {
  readonly #options: OpenInterestPollOptions
  #polledMinute = Number.NEGATIVE_INFINITY

  constructor(options: OpenInterestPollOptions) {
    this.#options = options
  }

  /** Polls all symbols if it is time. A symbol that fails is left out this time and recorded. */
  async look(): Promise<void> {
    const { venueNow, symbols, concurrency } = this.#options
    const now = venueNow()
    const minute = floorTo(now, MINUTE)
    if (minute === this.#polledMinute || now - minute < OFFSET) return
    this.#polledMinute = minute
    const queue = symbols().values()
    const work = async (): Promise<void> => {
      for (const symbol of queue) await this.#poll(symbol)
    }
    await Promise.all(Array.from({ length: concurrency }, work))
  }

  async #poll(symbol: string): Promise<void> {
    const { venue, client, writer, signal, events, venueNow } = this.#options
    const endpoint = venue.openInterestNow?.(symbol, venueNow())
    if (!endpoint) return
    try {
      const { value: row } = await client.fetch(endpoint, signal)
      writer.add({ commit: commitOf(symbol, row), eventTime: row.sampledAt })
    } catch (error) {
      if (!(error instanceof VenueRefusedError || error instanceof RequestFailedError)) throw error
      const details = { ...error.details, symbol, dataset: 'oi' }
      events.emit('failure', {
        type: error.code,
        message: `oi of ${symbol}: ${error.message}`,
        details,
        severity: 'warning',
      })
    }
  }
}

const commitOf = (symbol: string, row: OpenInterest) => ({
  symbol,
  dataset: 'oi' as const,
  rows: [row],
  covered: [{ from: row.ts, to: row.ts + MINUTE }],
  yields: true,
})
