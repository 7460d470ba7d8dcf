import { SECOND } from '../model/window.ts'
import { type Ending, NOT_NEEDED, RENEWED } from './ending.ts'
import type { ConnectionState, OnFeedEvent } from './events.ts'
import { type ConnectionHooks, type ConnectionOptions, FeedConnection } from './feed-connection.ts'
import type { FeedWay } from './open-feed-ways.ts'
import { waitOut } from './wait.ts'
import type { WayBook } from './way-book.ts'

export interface LineOptions extends Omit<ConnectionOptions, 'hooks'> {
  readonly random: () => number
  readonly ways: WayBook
  /** At about this age a connection is replaced. */
  readonly renewAfterMs: number
  /** A connection that lives no longer is a failure like one that never came up: the pauses go on growing. */
  readonly longestPauseMs: number
  readonly hooks: Pick<ConnectionHooks, 'onMessage' | 'onBadFrame'>
  readonly tell: OnFeedEvent
  nextNumber(): number
  /** Called for each connection, so that somebody can wait until nothing of it is left. */
  track(connection: FeedConnection): void
}

/** The first try after a loss comes within it. */
const FIRST_PAUSE = 250
/** What is still on its way to the old connection when the new one is up has this long to arrive. */
const OVERLAP = 2 * SECOND
/** Connections of the same age are not all replaced at once. */
const RENEWAL_JITTER = 1 / 24
/** A timer of more milliseconds would ring at once. */
const LONGEST_TIMER = 2 ** 31 - 1

/** Keeps one connection with its streams alive for ever; while it is replaced there are two. */
export class FeedLine {
  readonly hasCommon: boolean
  readonly #options: LineOptions
  /** Oldest first. */
  readonly #connections: FeedConnection[] = []
  readonly #closing = new AbortController()
  #streams: readonly string[]
  #attempts = 0
  #retrying: AbortController | undefined
  #lastState: ConnectionState | undefined

  constructor(hasCommon: boolean, streams: readonly string[], options: LineOptions) {
    this.hasCommon = hasCommon
    this.#options = options
    this.#streams = streams
    void this.#open()
  }

  get states(): readonly ConnectionState[] {
    if (this.#connections.length > 0) return this.#connections.map(({ state }) => state)
    const last = this.#lastState ?? { connection: 0, frames: 0, lastEventTime: undefined }
    return [{ ...last, way: undefined, streams: this.#streams.length, state: 'waiting' }]
  }

  setStreams(streams: readonly string[]): void {
    this.#streams = streams
    for (const connection of this.#connections) connection.setStreams(streams)
  }

  renew(streams: readonly string[]): void {
    for (const connection of this.#connections) connection.renew(streams)
  }

  /** Ends its connections at once. */
  close(): void {
    this.#closing.abort()
    this.#retrying?.abort()
    for (const connection of [...this.#connections]) connection.end(NOT_NEEDED)
  }

  /** A loss that comes while another try is waiting begins anew. */
  async #open(lost?: { readonly connection: FeedConnection; readonly reason: string }): Promise<void> {
    const { ways, clock, tell } = this.#options
    this.#retrying?.abort()
    const retrying = new AbortController()
    this.#retrying = retrying
    let pause = lost ? this.#pauseBefore(this.#attempts) : 0
    for (;;) {
      const { way, waitMs: silence } = ways.choose()
      const waitMs = Math.max(pause, silence)
      const attempt = this.#attempts
      if (lost) {
        const { connection, reason } = lost
        tell({ type: 'retry', connection: connection.number, way: way.name, attempt, waitMs, reason })
      }
      if (waitMs > 0 && !(await waitOut(clock, waitMs, retrying.signal))) return
      // Meanwhile another line may have been told to leave this way alone.
      if (ways.waitFor(way) === 0) return this.#connect(way)
      pause = 0
    }
  }

  #pauseBefore(attempt: number): number {
    const { random, longestPauseMs } = this.#options
    if (attempt <= 1) return random() * FIRST_PAUSE
    const longest = Math.min(longestPauseMs, SECOND * 2 ** (attempt - 2))
    return (longest * (1 + random())) / 2
  }

  #connect(way: FeedWay): void {
    this.#retrying = undefined
    if (this.#closing.signal.aborted) return
    const { track, tell, hooks } = this.#options
    const number = this.#options.nextNumber()
    const connection: FeedConnection = new FeedConnection({ number, way }, this.#streams, {
      ...this.#options,
      hooks: {
        ...hooks,
        onUp: () => this.#onUp(connection),
        onChanged: () => tell({ type: 'changed', ...this.#about(connection) }),
        onRefused: (_, id, streams, error) =>
          tell({ type: 'refused', connection: number, id, streams, error }),
        onEnd: (_, ending) => this.#onEnd(connection, ending),
      },
    })
    this.#connections.push(connection)
    track(connection)
  }

  #onUp(connection: FeedConnection): void {
    const { ways, tell } = this.#options
    ways.noteUp(connection.way)
    tell({ type: 'up', ...this.#about(connection), eventTime: connection.lastEventTime })
    for (const older of this.#connections) {
      if (older.number < connection.number) void this.#retire(older, connection)
    }
    void this.#renewLater(connection)
  }

  async #retire(older: FeedConnection, newer: FeedConnection): Promise<void> {
    if (!(await waitOut(this.#options.clock, OVERLAP, older.signal))) return
    if (!newer.signal.aborted) older.end(RENEWED)
  }

  async #renewLater(connection: FeedConnection): Promise<void> {
    const { clock, random, renewAfterMs } = this.#options
    const age = renewAfterMs * (1 - random() * RENEWAL_JITTER)
    if (age > LONGEST_TIMER) return
    if (await waitOut(clock, age, connection.signal)) await this.#open()
  }

  #onEnd(connection: FeedConnection, ending: Ending): void {
    this.#lastState = connection.state
    this.#connections.splice(this.#connections.indexOf(connection), 1)
    this.#options.tell({
      type: 'down',
      ...this.#about(connection),
      reason: ending.reason,
      code: ending.code,
      since: connection.since,
      lastEventTime: connection.lastEventTime,
      wasUp: connection.isUp,
      isLoss: !ending.isWanted,
    })
    if (ending.isWanted || this.#closing.signal.aborted) return
    this.#options.ways.noteLoss(connection.way, ending)
    this.#attempts = connection.upForMs >= this.#options.longestPauseMs ? 1 : this.#attempts + 1
    // The old one of two is lost: the new one is on its way or there already.
    if (this.#connections.some(({ number }) => number > connection.number)) return
    void this.#open({ connection, reason: ending.reason })
  }

  #about({ number, way, streams }: FeedConnection) {
    const { commonStreams } = this.#options.feed
    const hasCommon =
      this.hasCommon && commonStreams.length > 0 && commonStreams.every((stream) => streams.includes(stream))
    return { connection: number, way: way.name, streams, hasCommon }
  }
}
