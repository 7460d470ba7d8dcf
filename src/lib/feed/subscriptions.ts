/** One message to the venue. */
export interface Batch {
  readonly isSubscription: boolean
  readonly streams: readonly string[]
}

/** What one connection is to carry, what it was told, and what of it the venue has confirmed. */
export class Subscriptions {
  readonly #most: number
  #wanted: ReadonlySet<string>
  readonly #told = new Set<string>()
  readonly #renewing = new Set<string>()
  readonly #refused = new Set<string>()
  readonly #pending = new Map<number, Batch>()
  #isToldAll = false

  /** `most` streams in one message. */
  constructor(most: number, streams: readonly string[]) {
    this.#most = most
    this.#wanted = new Set(streams)
  }

  /** Those subscribed to, confirmed or not, without those that were refused. */
  get streams(): readonly string[] {
    return [...this.#told].filter((stream) => !this.#refused.has(stream))
  }

  /** Everything is said and answered. */
  get isSettled(): boolean {
    return this.#isToldAll && this.#pending.size === 0
  }

  get isWaiting(): boolean {
    return this.#pending.size > 0
  }

  want(streams: readonly string[]): void {
    this.#wanted = new Set(streams)
    this.#isToldAll = false
  }

  /** Each is ended and begun again. */
  renew(streams: readonly string[]): void {
    for (const stream of streams) if (this.#told.has(stream)) this.#renewing.add(stream)
    this.#isToldAll = false
  }

  /** What is to be said next, with this id; undefined if nothing. First what ends, so that there is room for the rest. */
  next(id: number): Batch | undefined {
    const ending = this.#told.difference(this.#wanted).union(this.#renewing)
    const isSubscription = ending.size === 0
    const due = isSubscription ? this.#wanted.difference(this.#told) : ending
    const batch = { isSubscription, streams: [...due].slice(0, this.#most) }
    for (const stream of batch.streams) this.#note(stream, isSubscription)
    this.#isToldAll = this.#renewing.size === 0 && this.#told.symmetricDifference(this.#wanted).size === 0
    if (batch.streams.length === 0) return undefined
    this.#pending.set(id, batch)
    return batch
  }

  #note(stream: string, isSubscription: boolean): void {
    this.#renewing.delete(stream)
    this.#refused.delete(stream)
    if (isSubscription) this.#told.add(stream)
    else this.#told.delete(stream)
  }

  /** The venue has answered the message with this id: what it was about, undefined if that was no message of ours. */
  settle(id: number | null, isRefused: boolean): Batch | undefined {
    const batch = id === null ? undefined : this.#pending.get(id)
    if (id === null || !batch) return undefined
    this.#pending.delete(id)
    if (isRefused && batch.isSubscription) for (const stream of batch.streams) this.#refused.add(stream)
    return batch
  }
}
