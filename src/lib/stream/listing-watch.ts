import type { Clock } from '../time/clock.ts'
import type { Listing } from '../venue/listing.ts'

const EVERY = 300_000
/** Several changes come together: one look is for all of them. */
const SETTLE = 2_000
/** However much the feed tells, the list is not read more often. */
const SHORTEST = 15_000
/** The list may change a little later than the feed says. */
const AGAIN = 60_000

/** Reads the venue's list from time to time, and soon after the feed has said that something changed. */
export class ListingWatch {
  readonly #clock: Clock
  readonly #read: () => Promise<Listing>
  readonly #onListing: (listing: Listing) => Promise<void>
  #nextAt: number
  #isPoked = false
  #readAt = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, read: () => Promise<Listing>, onListing: (listing: Listing) => Promise<void>) {
    this.#clock = clock
    this.#read = read
    this.#onListing = onListing
    this.#nextAt = clock.now() + EVERY
  }

  /** The feed has told of a change. */
  poke(): void {
    this.#isPoked = true
    const soon = Math.max(this.#clock.now() + SETTLE, this.#readAt + SHORTEST)
    this.#nextAt = Math.min(this.#nextAt, soon)
  }

  async look(): Promise<void> {
    if (this.#clock.now() < this.#nextAt) return
    const wasPoked = this.#isPoked
    this.#isPoked = false
    this.#readAt = this.#clock.now()
    await this.#onListing(await this.#read())
    this.#nextAt = this.#clock.now() + (wasPoked ? AGAIN : EVERY)
  }
}
