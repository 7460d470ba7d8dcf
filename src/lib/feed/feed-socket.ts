import type { ClientRequest } from 'node:http'
import { WebSocket } from 'ws'
import type { Feed } from '../venue/feed.ts'
import { describeClose, describeFailure, describeRefusal, type Ending } from './ending.ts'
import type { FeedWay } from './open-feed-ways.ts'

export interface SocketHooks {
  onOpen(): void
  onFrame(frame: Buffer): void
  /** Once, also where it was never open; not after `terminate`. */
  onEnd(ending: Ending): void
}

/** No venue's frame comes near it; a longer one would only fill the memory. */
const LONGEST_FRAME = 4_194_304

/** One websocket through one way out: the words for whatever ends it, and an end that leaves nothing behind. */
export class FeedSocket {
  /** Resolves when nothing of it is left. */
  readonly closed: Promise<void>
  readonly #socket: WebSocket
  readonly #host: string
  readonly #hooks: SocketHooks
  /** Ends a connection to a proxy that nothing else can reach while the tunnel is not there. */
  readonly #tunnel = new AbortController()
  #hasReachedVenue: boolean
  #proxyStatus: number | undefined
  #ending: Ending | undefined
  #isTerminated = false

  constructor(feed: Pick<Feed, 'url' | 'host'>, way: FeedWay, hooks: SocketHooks) {
    this.#host = feed.host
    this.#hooks = hooks
    this.#hasReachedVenue = way.createAgent === undefined
    const agent = way.createAgent?.(this.#tunnel.signal)
    this.#socket = new WebSocket(feed.url, {
      perMessageDeflate: false,
      skipUTF8Validation: true,
      maxPayload: LONGEST_FRAME,
      headers: { 'user-agent': 'perpctl' },
      finishRequest: (request) => this.#send(request),
      ...(agent ? { agent } : {}),
    })
    this.closed = new Promise((resolve) => this.#socket.once('close', () => resolve()))
    this.#listen()
  }

  send(text: string): void {
    this.#socket.send(text)
  }

  /** At once and without a word to the venue: what it still sends is not waited for. */
  terminate(): void {
    this.#isTerminated = true
    if (!this.#hasReachedVenue) this.#tunnel.abort()
    this.#socket.terminate()
  }

  #send(request: ClientRequest): void {
    request.once('proxyConnect', (answer: unknown) => {
      const hasStatus = typeof answer === 'object' && answer !== null && 'statusCode' in answer
      this.#proxyStatus = hasStatus ? Number(answer.statusCode) : undefined
    })
    // What comes with this event holds credentials.
    request.once('proxy', () => {
      this.#hasReachedVenue = true
    })
    request.end()
  }

  #listen(): void {
    const socket = this.#socket
    socket.on('open', () => {
      this.#hasReachedVenue = true
      if (!this.#isTerminated) this.#hooks.onOpen()
    })
    socket.on('message', (data) => {
      if (!this.#isTerminated && Buffer.isBuffer(data)) this.#hooks.onFrame(data)
    })
    socket.on('unexpected-response', (_, { statusCode = 0, headers }) => {
      const isProxys = this.#proxyStatus !== undefined && this.#proxyStatus !== 200
      this.#ending ??= isProxys
        ? { reason: `the proxy answered ${this.#proxyStatus}` }
        : describeRefusal(this.#host, statusCode, headers)
      socket.terminate()
    })
    socket.on('error', (error) => {
      this.#ending ??= describeFailure(error, this.#hasReachedVenue)
    })
    socket.on('close', (code, words) => {
      if (this.#isTerminated) return
      this.#hooks.onEnd(this.#ending ?? describeClose(this.#host, code, words.toString()))
    })
  }
}
