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
  /** Parts of refused messages: which of the streams the venue does not want is found by halving. */
  #halves: (readonly string[])[] = []
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
    return this.#isToldAll && this.#pending.size === 0 && this.#halves.length === 0
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
    const half = this.#halves.shift()?.filter((stream) => this.#told.has(stream) && this.#wanted.has(stream))
    if (half && half.length > 0) {
      const batch = { isSubscription: true, streams: half }
      this.#pending.set(id, batch)
      return batch
    }
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

  /**
   * The venue has answered the message with this id: what it was about, undefined if that was no message of ours. An error
   * without an id is taken for the answer to the oldest message that has none.
   */
  settle(id: number | null, isRefused: boolean): Batch | undefined {
    const answered = id ?? (isRefused ? this.#pending.keys().next().value : undefined)
    const batch = answered === undefined ? undefined : this.#pending.get(answered)
    if (answered === undefined || !batch) return undefined
    this.#pending.delete(answered)
    if (isRefused && batch.isSubscription) this.#refuse(batch.streams)
    return batch
  }

  /**
   * The same where a venue answers for each stream by itself: the stream is what it was about. The message counts as
   * answered with the last of its streams.
   */
  settleStream(stream: string, isRefused: boolean): Batch | undefined {
    const found = this.#pending.entries().find(([, { streams }]) => streams.includes(stream))
    if (!found) return undefined
    const [id, { isSubscription, streams }] = found
    const left = streams.filter((one) => one !== stream)
    if (left.length === 0) this.#pending.delete(id)
    else this.#pending.set(id, { isSubscription, streams: left })
    if (isRefused && isSubscription) this.#refused.add(stream)
    return { isSubscription, streams: [stream] }
  }

  #refuse(streams: readonly string[]): void {
    const [only] = streams
    if (streams.length === 1 && only !== undefined) {
      this.#refused.add(only)
      return
    }
    const middle = Math.ceil(streams.length / 2)
    this.#halves.push(streams.slice(0, middle), streams.slice(middle))
  }
}
