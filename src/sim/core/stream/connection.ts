import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { MessageMeter } from './message-meter.ts'
import type { EndReason } from './stream-stats.ts'

/** Unread bytes with which a connection is given up. */
const MAX_UNREAD = 256_000_000
const [NORMAL, GOING_AWAY, POLICY] = [1_000, 1_001, 1_008]

const CLOSE_CODES: Partial<Record<EndReason, number>> = { 'ws-disconnect': GOING_AWAY, messages: POLICY }

export interface ConnectionFacts {
  /** Venue time. */
  readonly openedAt: number
  readonly isCombined: boolean
  /** Whether frames come at all, whatever is subscribed. */
  readonly isServed: boolean
  readonly messagesPerSecond: number
}

/** One client of the stream. */
export class StreamConnection {
  readonly openedAt: number
  readonly isServed: boolean
  readonly streams = new Set<string>()
  isCombined: boolean
  /** Real time of the last sign of life. */
  lastPong = performance.now()
  lastPing = performance.now()
  readonly #socket: Socket
  readonly #webSocket: WebSocket
  readonly #meter: MessageMeter
  #isEnded = false

  constructor(webSocket: WebSocket, socket: Socket, facts: ConnectionFacts) {
    this.#webSocket = webSocket
    this.#socket = socket
    this.#meter = new MessageMeter(facts.messagesPerSecond)
    this.openedAt = facts.openedAt
    this.isCombined = facts.isCombined
    this.isServed = facts.isServed
  }

  get isOpen(): boolean {
    return !this.#isEnded && this.#webSocket.readyState === this.#webSocket.OPEN
  }

  get isSlow(): boolean {
    return this.#webSocket.bufferedAmount > MAX_UNREAD
  }

  /** False where the message just received is one too many. */
  countMessage(): boolean {
    return this.#meter.take(performance.now())
  }

  send(data: string | Buffer): void {
    this.#webSocket.send(data)
  }

  ping(): void {
    this.lastPing = performance.now()
    this.#webSocket.ping()
  }

  /** What is sent until `release` leaves in as few packets as it takes. */
  hold(): void {
    this.#socket.cork()
  }

  release(): void {
    this.#socket.uncork()
  }

  /** Ends the connection: in order after all that was sent, or, for a reset, a slow reader and the end of all, at once. */
  end(reason: EndReason): void {
    this.#isEnded = true
    if (reason === 'ws-reset') this.#socket.resetAndDestroy()
    else if (reason === 'shutdown' || reason === 'slow' || reason === 'pong') this.#webSocket.terminate()
    else this.#webSocket.close(CLOSE_CODES[reason] ?? NORMAL)
  }
}
