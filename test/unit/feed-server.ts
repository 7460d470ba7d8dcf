import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { vi } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import type { FeedEvent } from '../../src/lib/feed/events.ts'
import { FeedClient, type FeedClientOptions } from '../../src/lib/feed/feed-client.ts'
import type { Clock } from '../../src/lib/time/clock.ts'
import type { Feed, FeedMessage } from '../../src/lib/venue/feed.ts'
import { createBinanceFeed } from '../../src/venues/binance/stream/index.ts'

/** The hands move only when they are told to; whoever waits is woken in the order of time. */
export class ManualClock implements Clock {
  #now = 1_000
  #waits: { readonly at: number; readonly wake: () => void }[] = []

  now(): number {
    return this.#now
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const wait = { at: this.#now + ms, wake: resolve }
      this.#waits.push(wait)
      signal?.addEventListener('abort', () => {
        this.#waits = this.#waits.filter((other) => other !== wait)
        reject(signal.reason)
      })
    })
  }

  get waits(): number {
    return this.#waits.length
  }

  /** Everybody whose time comes is woken at that time, with a turn for what follows from it. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      const [next] = this.#waits.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)
      if (!next) break
      this.#now = Math.max(this.#now, next.at)
      this.#waits = this.#waits.filter((wait) => wait !== next)
      next.wake()
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
    this.#now = end
  }
}

/** Tests count the times of the venue from here on. */
export const ORIGIN = Date.UTC(2026, 1, 1)

/** A feed whose times begin with `ORIGIN`. */
export function createTestFeed(url: string): Feed {
  const feed = createBinanceFeed(url)
  return {
    ...feed,
    parse(frame) {
      const message = feed.parse(frame)
      if (message.kind !== 'funding') return message
      const { eventTime = 0, nextFundingTime } = message
      return { ...message, eventTime: eventTime - ORIGIN, nextFundingTime: nextFundingTime - ORIGIN }
    },
  }
}

export interface Said {
  readonly method: string
  readonly params: readonly string[]
  readonly id: number
}

/** One connection as the venue sees it. */
export class Visitor {
  readonly said: Said[] = []
  /** What it said that is not JSON. */
  readonly words: string[] = []
  readonly streams = new Set<string>()
  readonly socket: WebSocket
  readonly address: string
  isGone = false

  constructor(socket: WebSocket, address: string) {
    this.socket = socket
    this.address = address
    socket.on('close', () => {
      this.isGone = true
    })
  }

  hear(message: Said): void {
    this.said.push(message)
    for (const stream of message.params) {
      if (message.method === 'SUBSCRIBE') this.streams.add(stream)
      else this.streams.delete(stream)
    }
  }

  /** A mark price of so many milliseconds after `ORIGIN`. */
  send(number: number, symbol = 'BTCUSDT'): void {
    const [E, T] = [ORIGIN + number, ORIGIN + Math.max(9_999, number + 1)]
    const event = { e: 'markPriceUpdate', E, s: symbol, p: '1', i: '1', P: '1', r: '0', T }
    this.sendText(JSON.stringify({ stream: `${symbol.toLowerCase()}@markPrice`, data: event }))
  }

  sendText(text: string): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(text)
  }
}

export interface Refusal {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
}

/** A venue on loopback that says only what the test makes it say. */
export class FeedServer implements AsyncDisposable {
  readonly visitors: Visitor[] = []
  /** Handshakes that are refused before the next one is accepted. */
  readonly refusals: Refusal[] = []
  handshakes = 0
  /** Where it is given no handshake is answered. */
  hold: (() => void) | undefined
  /** What a message is answered with; undefined: nothing. */
  reply: (message: Said, visitor: Visitor) => string | undefined = ({ id }) => `{"result":null,"id":${id}}`
  readonly #http: Server
  readonly #sockets = new Set<Socket>()

  private constructor(http: Server) {
    this.#http = http
    const webSockets = new WebSocketServer({ noServer: true })
    http.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    http.on('upgrade', (request, socket, head) => {
      this.handshakes += 1
      if (this.hold) {
        this.hold()
        // Nobody else reads from it: its end would never be noticed.
        socket.on('end', () => socket.end()).resume()
        return
      }
      const refusal = this.refusals.shift()
      if (refusal) {
        const headers = Object.entries(refusal.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`)
        socket.end(`HTTP/1.1 ${refusal.status} No\r\ncontent-length: 0\r\n${headers.join('')}\r\n`)
        return
      }
      webSockets.handleUpgrade(request, socket, head, (client) =>
        this.#welcome(client, request.socket.remoteAddress ?? ''),
      )
    })
  }

  static async start(): Promise<FeedServer> {
    const http = createServer()
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    return new FeedServer(http)
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  /** Of any kind, upgraded or not. */
  get sockets(): number {
    return this.#sockets.size
  }

  /** Connections that stand. */
  get present(): readonly Visitor[] {
    return this.visitors.filter(({ isGone }) => !isGone)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#http.close(resolve))
  }

  #welcome(socket: WebSocket, address: string): void {
    const visitor = new Visitor(socket, address)
    this.visitors.push(visitor)
    socket.on('message', (data) => {
      if (!String(data).startsWith('{')) return void visitor.words.push(String(data))
      const message: Said = JSON.parse(String(data))
      visitor.hear(message)
      const reply = this.reply(message, visitor)
      if (reply !== undefined) visitor.sendText(reply)
    })
  }
}

/** A client of that venue with all that it told. */
export class Listener implements AsyncDisposable {
  readonly server: FeedServer
  readonly clock = new ManualClock()
  readonly messages: { readonly message: FeedMessage; readonly receivedAt: number }[] = []
  readonly events: FeedEvent[] = []
  readonly client: FeedClient
  readonly #remains: AsyncDisposable[]

  private constructor(server: FeedServer, options: Partial<FeedClientOptions>, feed: Partial<Feed>) {
    this.server = server
    this.client = new FeedClient({
      feed: { ...createTestFeed(server.url), ...feed },
      ways: [{ name: 'direct' }],
      clock: this.clock,
      random: () => 0.5,
      onMessage: (message, receivedAt) => void this.messages.push({ message, receivedAt }),
      onEvent: (event) => void this.events.push(event),
      ...options,
    })
    this.#remains = [this.client, server]
  }

  static async start(options: Partial<FeedClientOptions> = {}, feed: Partial<Feed> = {}): Promise<Listener> {
    return new Listener(await FeedServer.start(), options, feed)
  }

  eventsOf<Type extends FeedEvent['type']>(type: Type): Extract<FeedEvent, { type: Type }>[] {
    return this.events.filter((event): event is Extract<FeedEvent, { type: Type }> => event.type === type)
  }

  /** Times of the venue in the order in which they came. */
  get eventTimes(): (number | undefined)[] {
    return this.messages.map(({ message }) => ('eventTime' in message ? message.eventTime : undefined))
  }

  async visitor(at: number): Promise<Visitor> {
    return await until(() => this.server.visitors[at])
  }

  /** The connection with this place in time, subscribed and with its first frame of data read. */
  async bringUp(at: number, eventTime = 1): Promise<Visitor> {
    const visitor = await this.visitor(at)
    await until(() => visitor.said.length > 0)
    const ups = this.eventsOf('up').length
    // A frame that comes before the last batch is confirmed does not count: the next one may.
    await until(() => {
      visitor.send(eventTime)
      return this.eventsOf('up').length > ups
    })
    return visitor
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#remains) await one[Symbol.asyncDispose]()
  }
}

/** The first value that is neither undefined nor false. */
export async function until<T>(look: () => T | undefined | false): Promise<T> {
  return await vi.waitFor(
    () => {
      const found = look()
      if (found === undefined || found === false) throw new Error(`not yet: ${look}`)
      return found
    },
    { timeout: 120_000, interval: 2 },
  )
}
