import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import * as z from 'zod'
import type { KlineRow } from '../../src/sim/binance/index.ts'
import { FrameBlock, frameText } from './frame-block.ts'
import { type RawOrder, writeClosed, writeMark, writeOpen, writeOrder } from './raw-texts.ts'

/** A mark price for each symbol in so many rounds. */
const MARK_ROUNDS = 12
/** More than this unsent, and the client is behind. */
const MOST_WAITING = 2_000_000

const command = z.object({ method: z.literal('SUBSCRIBE'), params: z.array(z.string()), id: z.number() })

/** What a client has read when it answers a ping. */
export interface Read {
  /** Frames that were written before it. */
  readonly frames: number
  /** When they were due, by `performance.now()`. */
  readonly dueAt: number
  /** The venue's time in them. */
  readonly time: number
}

/** One client: the protocol is left to the library, frames are written past it, as bytes. */
export class RawConnection {
  readonly #webSocket: WebSocket
  readonly #socket: Socket
  readonly #pings: Read[] = []
  #frames = 0
  #hasOrders = false
  #open = new FrameBlock([])
  #marks: FrameBlock[] = []
  /** Of candles. */
  symbols: string[] = []
  /** The last ping that was answered. */
  read: Read | undefined

  constructor(webSocket: WebSocket, socket: Socket) {
    this.#webSocket = webSocket
    this.#socket = socket
    webSocket.on('message', (data) => this.#subscribe(String(data)))
    webSocket.on('pong', () => {
      this.read = this.#pings.shift()
    })
    webSocket.on('error', () => webSocket.terminate())
  }

  get isBehind(): boolean {
    return this.#socket.writableLength > MOST_WAITING
  }

  get hasOrders(): boolean {
    return this.#hasOrders
  }

  /** When the oldest was due that the client has not read; infinite where it has read all. */
  get oldestDueAt(): number {
    return this.#pings[0]?.dueAt ?? Number.POSITIVE_INFINITY
  }

  /** One turn of candles that are not over, or `closed` ones in their place, and some mark prices. */
  sendRound(round: number, time: number, openTime: number, closed: Buffer | undefined): void {
    const marks = this.#marks[round % MARK_ROUNDS]
    this.#write(closed ?? this.#open.render(time, openTime), this.#open.count)
    if (marks && marks.count > 0) this.#write(marks.render(time, openTime), marks.count)
  }

  sendClosed(closed: Buffer): void {
    this.#write(closed, this.symbols.length)
  }

  sendOrder(order: RawOrder): void {
    this.#write(frameText(writeOrder(order)), 1)
  }

  ping(dueAt: number, time: number): void {
    this.#pings.push({ frames: this.#frames, dueAt, time })
    this.#webSocket.ping()
  }

  /** The closed candles of one minute, ready to be sent. */
  frameClosed(rowOf: (symbol: string) => KlineRow, eventTime: number): Buffer {
    return Buffer.concat(
      this.symbols.map((symbol) => frameText(writeClosed(symbol, rowOf(symbol), eventTime))),
    )
  }

  #write(bytes: Buffer, frames: number): void {
    this.#socket.write(bytes)
    this.#frames += frames
  }

  #subscribe(text: string): void {
    const { params, id } = command.parse(JSON.parse(text))
    const named = (kind: string): string[] =>
      params.filter((name) => name.endsWith(kind)).map((name) => name.slice(0, -kind.length).toUpperCase())
    this.symbols = [...this.symbols, ...named('@kline_1m')]
    this.#hasOrders ||= params.includes('!forceOrder@arr')
    this.#open = new FrameBlock(this.symbols.map(writeOpen))
    this.#marks = Array.from({ length: MARK_ROUNDS }, (_, turn) => {
      const due = this.symbols.filter((_symbol, at) => at % MARK_ROUNDS === turn)
      return new FrameBlock(due.map(writeMark))
    })
    this.#webSocket.send(JSON.stringify({ result: null, id }))
  }
}
