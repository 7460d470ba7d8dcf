import { setImmediate as takeTurn } from 'node:timers/promises'
import { PayloadError } from '../errors.ts'
import { SECOND } from '../model/window.ts'
import { formatDuration } from '../text/durations.ts'
import type { Clock } from '../time/clock.ts'
import type { Feed, FeedMessage } from '../venue/feed.ts'
import { describeSilence, describeStall, type Ending } from './ending.ts'
import { EventTimes } from './event-times.ts'
import type { ConnectionState, OnFeedMessage } from './events.ts'
import { FeedSocket } from './feed-socket.ts'
import type { FeedWay } from './open-feed-ways.ts'
import { Subscriptions } from './subscriptions.ts'
import { waitOut } from './wait.ts'

type Reply = Extract<FeedMessage, { kind: 'reply' }>
type DataMessage = Exclude<FeedMessage, Reply | { kind: 'pong' }>

export interface ConnectionHooks {
  readonly onMessage: OnFeedMessage
  onBadFrame(frame: Buffer, reason: string): void
  onUp(connection: FeedConnection): void
  onChanged(connection: FeedConnection): void
  onRefused(connection: FeedConnection, id: number | null, streams: readonly string[], error: string): void
  /** Once, whatever ended it. */
  onEnd(connection: FeedConnection, ending: Ending): void
}

export interface ConnectionOptions {
  readonly feed: Feed
  readonly clock: Clock
  readonly stallMs: number
  readonly handshakeTimeoutMs: number
  readonly hooks: ConnectionHooks
}

/** One websocket from its handshake to its end: subscribes at a safe pace, counts, and notices when data stop. */
export class FeedConnection {
  readonly number: number
  readonly way: FeedWay
  readonly #options: ConnectionOptions
  readonly #subscriptions: Subscriptions
  readonly #socket: FeedSocket
  readonly #times: EventTimes
  readonly #over = new AbortController()
  readonly #handshake = new AbortController()
  readonly #openedAt: number
  #isOpen = false
  #isTalking = false
  #messages = 0
  #saidAt = 0
  #upAt: number | undefined
  #frames = 0
  #dataAt: number | undefined
  #lastEventTime: number | undefined

  constructor(
    { number, way }: { readonly number: number; readonly way: FeedWay },
    streams: readonly string[],
    options: ConnectionOptions,
  ) {
    this.number = number
    this.way = way
    this.#options = options
    this.#openedAt = options.clock.now()
    this.#times = new EventTimes(options.clock)
    this.#subscriptions = new Subscriptions(options.feed.subscribeBatch, streams)
    this.#socket = new FeedSocket(options.feed, way, {
      onOpen: () => this.#begin(),
      onFrame: (frame) => this.#read(frame),
      onEnd: (ending) => this.end(ending),
    })
    void this.#watchHandshake()
  }

  /** Aborted when it is over. */
  get signal(): AbortSignal {
    return this.#over.signal
  }
  /** Resolves when nothing of it is left. */
  get closed(): Promise<void> {
    return this.#socket.closed
  }
  get streams(): readonly string[] {
    return this.#subscriptions.streams
  }
  get isUp(): boolean {
    return this.#upAt !== undefined
  }
  get upForMs(): number {
    return this.#upAt === undefined ? 0 : this.#options.clock.now() - this.#upAt
  }
  get lastEventTime(): number | undefined {
    return this.#lastEventTime
  }
  /** When its last data came; when it was opened, where none did. */
  get since(): number {
    return this.#dataAt ?? this.#openedAt
  }

  get state(): ConnectionState {
    return {
      connection: this.number,
      way: this.way.name,
      streams: this.streams.length,
      state: this.isUp ? 'live' : this.#isOpen ? 'open' : 'connecting',
      frames: this.#frames,
      lastEventTime: this.#lastEventTime,
    }
  }

  setStreams(streams: readonly string[]): void {
    this.#subscriptions.want(streams)
    void this.#talk()
  }

  renew(streams: readonly string[]): void {
    this.#subscriptions.renew(streams)
    void this.#talk()
  }

  end(ending: Ending): void {
    if (this.#over.signal.aborted) return
    this.#over.abort()
    this.#handshake.abort()
    this.#socket.terminate()
    this.#options.hooks.onEnd(this, ending)
  }

  #begin(): void {
    this.#isOpen = true
    this.#handshake.abort()
    this.#saidAt = this.#options.clock.now()
    void this.#talk()
    void this.#keepAlive()
    void this.#watchData()
  }

  async #keepAlive(): Promise<void> {
    const { feed, clock } = this.#options
    if (!feed.keepAlive) return
    const { everyMs, text } = feed.keepAlive
    while (await waitOut(clock, everyMs, this.signal)) this.#socket.send(text)
  }

  /** Half of what the venue allows: answers to its pings count too, and leave when they must. */
  async #talk(): Promise<void> {
    if (!this.#isOpen || this.#isTalking) return
    const { feed, clock } = this.#options
    this.#isTalking = true
    for (;;) {
      const batch = this.#subscriptions.next(this.#messages + 1)
      if (!batch) break
      this.#messages += 1
      const { isSubscription, streams } = batch
      const id = this.#messages
      this.#socket.send(isSubscription ? feed.subscribe(streams, id) : feed.unsubscribe(streams, id))
      this.#saidAt = clock.now()
      if (!(await waitOut(clock, (2 * SECOND) / feed.messagesPerSecond, this.signal))) return
    }
    this.#isTalking = false
  }

  #read(frame: Buffer): void {
    const receivedAt = this.#options.clock.now()
    const read = this.#parse(frame)
    if (!read) return
    if ('kind' in read) this.#hear(read, receivedAt)
    // Whoever hears one may end the connection.
    else for (const message of read) if (!this.signal.aborted) this.#hear(message, receivedAt)
  }

  #hear(message: FeedMessage, receivedAt: number): void {
    if (message.kind === 'reply') this.#settle(message)
    else if (message.kind !== 'pong') this.#take(message, receivedAt)
  }

  #take(message: DataMessage, receivedAt: number): void {
    const { hooks } = this.#options
    this.#frames += 1
    this.#dataAt = receivedAt
    if (message.eventTime !== undefined) this.#lastEventTime = message.eventTime
    if (this.#upAt === undefined && this.#subscriptions.isSettled) {
      this.#upAt = receivedAt
      hooks.onUp(this)
      if (this.signal.aborted) return
    }
    hooks.onMessage(message, receivedAt)
  }

  #parse(frame: Buffer): FeedMessage | readonly FeedMessage[] | undefined {
    try {
      const read = this.#options.feed.parse(frame)
      if ('kind' in read) this.#checkTime(read)
      else for (const message of read) this.#checkTime(message)
      return read
    } catch (error) {
      // Whatever a frame makes its reader throw, it costs that frame alone.
      this.#options.hooks.onBadFrame(frame, reasonOf(error))
      return undefined
    }
  }

  #checkTime(message: FeedMessage): void {
    if (!('eventTime' in message) || message.eventTime === undefined) return
    if (!this.#times.believes(message.eventTime))
      throw new PayloadError('frame', 'is of another time than those before it', message.eventTime)
  }

  #settle({ id, stream, error }: Reply): void {
    const { hooks } = this.#options
    const isRefused = error !== undefined
    const batch =
      stream === undefined
        ? this.#subscriptions.settle(id, isRefused)
        : this.#subscriptions.settleStream(stream, isRefused)
    if (isRefused) {
      hooks.onRefused(this, id, batch?.streams ?? [], error)
      void this.#talk()
    }
    if (batch && this.isUp && this.#subscriptions.isSettled) hooks.onChanged(this)
  }

  async #watchHandshake(): Promise<void> {
    const { clock, handshakeTimeoutMs } = this.#options
    if (!(await waitOut(clock, handshakeTimeoutMs, this.#handshake.signal))) return
    this.end({ reason: `no handshake within ${formatDuration(handshakeTimeoutMs)}` })
  }

  async #watchData(): Promise<void> {
    const { clock, stallMs } = this.#options
    for (;;) {
      const left = this.#deadline() - clock.now()
      if (left <= 0) break
      if (!(await waitOut(clock, left, this.signal))) return
      // After a long time without a turn, what has come meanwhile is to be read before it is judged.
      if (this.#deadline() <= clock.now()) await takeTurn()
    }
    const hasData = this.#dataAt !== undefined && this.#dataAt + stallMs > clock.now()
    this.end(hasData ? describeSilence(stallMs) : describeStall(stallMs))
  }

  /** Before the first data it has the time from the last message on, and each message has its own to be confirmed in. */
  #deadline(): number {
    const data = this.#dataAt ?? this.#saidAt
    const reply = this.#subscriptions.isWaiting ? this.#saidAt : Number.POSITIVE_INFINITY
    return Math.min(data, reply) + this.#options.stallMs
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof PayloadError
    ? error.message
    : `reading it failed: ${error instanceof Error ? error.message : String(error)}`
