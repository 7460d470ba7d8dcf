import { setTimeout as sleep } from 'node:timers/promises'
import { floorTo, MINUTE } from '../../src/lib/model/window.ts'
import type { KlineRow } from '../../src/sim/binance/index.ts'
import type { VenueSimulator } from '../../src/sim/index.ts'
import type { RawConnection } from './raw-connection.ts'
import { type LoadOrder, type LoadResult, LoadWatch } from './raw-load.ts'
import type { RawOrder } from './raw-texts.ts'

/** Venue time between two frames of a candle. */
const PUSH = 250
/** Rounds from one order to the next: one in a second of the venue. */
const ORDER_ROUNDS = 4
const MARKS_PER_CANDLE = 1 / 12
const LOOK = 2
const PING = 20

type Kind = LoadOrder['kind']

interface Pace {
  readonly kind: Kind
  readonly intervalMs: number
  readonly beginAt: number
  rounds: number
}

/** What was sent, for the comparison with what is stored. */
export interface SentRecord {
  /** The first closed minute of each symbol; all later ones before `until` followed. */
  readonly firstMinutes: Record<string, number>
  readonly until: number
  readonly orders: readonly RawOrder[]
}

/**
 * Sends rounds of frames as fast as it is told, in real time while it is told nothing; then without orders, so that a
 * client may end without leaving one unread.
 */
export class RawFeed {
  readonly #venue: VenueSimulator
  readonly #future: VenueSimulator
  readonly #connections = new Set<RawConnection>()
  readonly #prepared = new Map<RawConnection, Map<number, Buffer>>()
  readonly #firstMinutes: Record<string, number> = {}
  readonly #orders: RawOrder[] = []
  #time: number
  #round = 0
  #pace: Pace
  #pingedAt = 0
  #isLoaded = false
  #until = 0

  /** `venue` answers the requests; its clock stands still and is moved here. `future` is the same venue, much later. */
  constructor(venue: VenueSimulator, future: VenueSimulator) {
    this.#venue = venue
    this.#future = future
    this.#time = venue.now()
    this.#pace = createPace('mix', PUSH)
  }

  get sent(): SentRecord {
    return { firstMinutes: this.#firstMinutes, until: this.#until, orders: this.#orders }
  }

  add(connection: RawConnection): void {
    this.#connections.add(connection)
  }

  remove(connection: RawConnection): void {
    this.#connections.delete(connection)
    this.#prepared.delete(connection)
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#send()
      this.#moveClock()
      await sleep(LOOK)
    }
  }

  /** One load; resolves when it is over, whatever the client has left unread. */
  async load({ kind, perSecond, seconds }: LoadOrder): Promise<LoadResult> {
    const symbols = [...this.#connections].reduce((sum, connection) => sum + connection.symbols.length, 0)
    const perRound = kind === 'closed' ? symbols : symbols * (1 + MARKS_PER_CANDLE) + 1 / ORDER_ROUNDS
    const rounds = (perSecond * seconds) / perRound
    await this.#prepare(Math.ceil(kind === 'closed' ? rounds : (rounds * PUSH) / MINUTE) + 1)
    const watch = new LoadWatch()
    this.#pace = createPace(kind, (perRound / perSecond) * 1_000)
    this.#isLoaded = true
    const endAt = this.#pace.beginAt + seconds * 1_000
    while (performance.now() < endAt) {
      await sleep(PING)
      watch.note([...this.#connections], this.#nextDueAt)
    }
    this.#isLoaded = false
    this.#pace = createPace('mix', PUSH)
    return watch.result()
  }

  get #nextDueAt(): number {
    return this.#pace.beginAt + this.#pace.rounds * this.#pace.intervalMs
  }

  #send(): void {
    while (this.#nextDueAt <= performance.now()) {
      if ([...this.#connections].some(({ isBehind }) => isBehind)) return
      const dueAt = this.#nextDueAt
      this.#sendRound(this.#pace.kind)
      this.#pace.rounds += 1
      if (performance.now() - this.#pingedAt < PING) continue
      this.#pingedAt = performance.now()
      for (const connection of this.#connections) connection.ping(dueAt, this.#time)
    }
  }

  #sendRound(kind: Kind): void {
    this.#time += kind === 'mix' ? PUSH : MINUTE - (this.#time % MINUTE)
    this.#round += 1
    const isEnd = this.#time % MINUTE === 0
    const openTime = floorTo(this.#time, MINUTE)
    for (const connection of this.#connections) {
      const closed = isEnd ? this.#takeClosed(connection, openTime - MINUTE) : undefined
      if (kind === 'mix') connection.sendRound(this.#round, this.#time, openTime, closed)
      else if (closed) connection.sendClosed(closed)
      if (this.#isLoaded && kind === 'mix' && connection.hasOrders && this.#round % ORDER_ROUNDS === 0)
        this.#sendOrder(connection)
    }
  }

  #sendOrder(connection: RawConnection): void {
    const number = this.#orders.length
    const symbol = connection.symbols[number % connection.symbols.length] ?? ''
    const side = number % 3 === 0 ? 'BUY' : 'SELL'
    const order: RawOrder = { symbol, time: this.#time - 5, side, price: `${number + 1}.5`, quantity: '0.25' }
    connection.sendOrder(order)
    this.#orders.push(order)
  }

  #takeClosed(connection: RawConnection, minute: number): Buffer {
    const prepared = this.#prepared.get(connection)
    const closed = prepared?.get(minute) ?? this.#frame(connection, minute)
    prepared?.delete(minute)
    for (const symbol of connection.symbols) this.#firstMinutes[symbol] ??= minute
    this.#until = minute + MINUTE
    return closed
  }

  #frame(connection: RawConnection, minute: number): Buffer {
    const window = { from: minute, to: minute + MINUTE }
    const rowOf = (symbol: string): KlineRow => {
      const [row] = this.#future.truth.candles(symbol, window)
      if (!row) throw new Error(`the venue has no candle of ${symbol} at ${new Date(minute).toISOString()}`)
      return row
    }
    return connection.frameClosed(rowOf, minute + MINUTE)
  }

  /** While a load lasts nothing but sending is to be done; in between others get their turn. */
  async #prepare(minutes: number): Promise<void> {
    for (const connection of this.#connections) {
      const frames = new Map<number, Buffer>()
      this.#prepared.set(connection, frames)
      for (let at = 0; at < minutes; at += 1) {
        const minute = floorTo(this.#time, MINUTE) + at * MINUTE
        frames.set(minute, this.#frame(connection, minute))
        await sleep(1)
      }
    }
  }

  /** The venue's clock shows what the client has read: what it has not is yet to happen. */
  #moveClock(): void {
    const read = [...this.#connections].map((connection) => connection.read?.time ?? this.#time)
    const behind = Math.min(this.#time, ...read) - this.#venue.now()
    if (behind > 0) this.#venue.advance(behind)
  }
}

const createPace = (kind: Kind, intervalMs: number): Pace => ({
  kind,
  intervalMs,
  beginAt: performance.now(),
  rounds: 0,
})
