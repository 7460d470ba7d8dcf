import { once } from 'node:events'
import { type ClientOptions, type RawData, WebSocket } from 'ws'

export interface KlineFrame {
  readonly e: 'kline'
  readonly E: number
  readonly s: string
  readonly k: Readonly<Record<'t' | 'T' | 'f' | 'L' | 'n', number>> &
    Readonly<Record<'s' | 'i' | 'o' | 'c' | 'h' | 'l' | 'v' | 'q' | 'V' | 'Q' | 'B', string>> & {
      readonly x: boolean
    }
}

/** A message as it came. */
export interface Received {
  readonly text: string
  readonly isBinary: boolean
}

/** A client without any cleverness: it keeps all that comes, in order. */
export class StreamClient implements AsyncDisposable {
  readonly socket: WebSocket
  readonly received: Received[] = []
  readonly closed: Promise<number>
  #nextId = 1_000

  constructor(url: string, options: ClientOptions = {}) {
    this.socket = new WebSocket(url, options)
    this.socket.on('message', (data: RawData, isBinary) =>
      this.received.push({ text: String(data), isBinary }),
    )
    this.closed = new Promise((resolve) => this.socket.on('close', resolve))
    this.socket.on('error', () => {})
  }

  /** Open and ready; rejects where the handshake is refused. */
  static async open(url: string, options?: ClientOptions): Promise<StreamClient> {
    const client = new StreamClient(url, options)
    await once(client.socket, 'open')
    return client
  }

  /** The reply to a command. Replies come in turn with the frames: all that was sent before is there by then. */
  async command(method: string, params?: readonly unknown[]): Promise<unknown> {
    this.#nextId += 1
    const id = this.#nextId
    this.socket.send(JSON.stringify({ method, ...(params ? { params } : {}), id }))
    return this.reply((value) => value.id === id)
  }

  /** Sends a text and returns the next reply that is no frame. */
  async say(text: string): Promise<unknown> {
    const before = this.replies().length
    this.socket.send(text)
    while (this.replies().length === before) await once(this.socket, 'message')
    return this.replies()[before]
  }

  async reply(isWanted: (value: Record<string, unknown>) => boolean): Promise<unknown> {
    for (;;) {
      const found = this.replies().find(isWanted)
      if (found) return found
      const ended = this.closed.then((code) => Promise.reject(new Error(`closed with ${code}`)))
      await Promise.race([once(this.socket, 'message'), ended])
    }
  }

  replies(): Record<string, unknown>[] {
    return this.#parsed().filter((value) => 'id' in value)
  }

  /** All frames so far, as sent. */
  async frames(): Promise<Record<string, unknown>[]> {
    await this.command('LIST_SUBSCRIPTIONS')
    return this.#parsed().filter((value) => !('id' in value))
  }

  /** Of a connection without envelopes. */
  async klines(): Promise<KlineFrame[]> {
    const frames: unknown[] = await this.frames()
    return frames.filter(isKline)
  }

  async closes(): Promise<KlineFrame[]> {
    return (await this.klines()).filter(({ k }) => k.x)
  }

  #parsed(): Record<string, unknown>[] {
    return this.received.flatMap(({ text }) => {
      try {
        return [JSON.parse(text)]
      } catch {
        return []
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate()
    await this.closed
  }
}

const isKline = (value: unknown): value is KlineFrame =>
  typeof value === 'object' && value !== null && 'e' in value && value.e === 'kline'

/** A closed candle as REST would tell it. */
export const toRow = ({ k }: KlineFrame) => [k.t, k.o, k.h, k.l, k.c, k.v, k.T, k.q, k.n, k.V, k.Q, k.B]
