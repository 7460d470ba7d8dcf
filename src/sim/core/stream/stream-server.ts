import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { VenueClock } from '../clock.ts'
import { StreamConnection } from './connection.ts'
import type { StreamSource } from './frame.ts'
import { StreamHub } from './hub.ts'
import type { Opening, StreamProtocol } from './protocol.ts'
import { createSession } from './session.ts'
import type { StreamFaults } from './stream-faults.ts'
import type { StreamLimits } from './stream-options.ts'
import { type EndReason, StreamCounter, type StreamStats } from './stream-stats.ts'
import { Timeline } from './timeline.ts'

export interface StreamServerOptions {
  readonly protocol: StreamProtocol
  readonly source: StreamSource
  readonly clock: VenueClock
  readonly faults: StreamFaults
  readonly limits: StreamLimits
  /** False: too many messages are counted, but never punished. */
  readonly isEnforced: boolean
  /** Real time between two looks at the clock. */
  readonly tickMs: number
}

/** A live stream on the upgrade requests of an HTTP server. */
export class StreamServer {
  readonly #options: StreamServerOptions
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1_000_000 })
  readonly #counter = new StreamCounter()
  readonly #hub: StreamHub
  readonly #timeline: Timeline
  #timer: NodeJS.Timeout | undefined

  constructor(options: StreamServerOptions) {
    this.#options = options
    this.#hub = new StreamHub(options.protocol.wrap, this.#counter)
    const end = (connection: StreamConnection, at: number, reason: EndReason): void =>
      this.#end(connection, reason, at)
    this.#timeline = new Timeline({ ...options, hub: this.#hub, counter: this.#counter, end })
    options.clock.onAdvance(() => this.#timeline.catchUp())
  }

  stats(): StreamStats {
    return this.#counter.read(this.#hub.connections.size)
  }

  /** Does all that is due by now; what changes afterwards holds from now on. */
  catchUp(): void {
    this.#timeline.catchUp()
  }

  /** Takes an upgrade request over. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.catchUp()
    const { clock, faults, protocol, limits } = this.#options
    const opening = protocol.open(request.url ?? '/')
    const status = faults.takeRefusal(clock.now()) ?? refuse(opening, limits.maxStreams)
    if (status !== undefined || !opening || !(socket instanceof Socket)) {
      if (status === 400) this.#counter.violations.streams += 1
      // Without this a client that keeps its half open would hold up the end of the server.
      socket.once('finish', () => socket.destroy())
      socket.on('error', () => socket.destroy())
      socket.end(`HTTP/1.1 ${status ?? 500} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
      return
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#open(webSocket, socket, opening))
  }

  /** Ends all connections at once. */
  close(): void {
    clearInterval(this.#timer)
    for (const connection of [...this.#hub.connections]) this.#end(connection, 'shutdown')
    this.#server.close()
  }

  #open(webSocket: WebSocket, socket: Socket, { streams, isCombined, isServed }: Opening): void {
    const { clock, faults, limits } = this.#options
    const openedAt = clock.now()
    const connection = new StreamConnection(webSocket, socket, {
      openedAt,
      isCombined,
      isServed: !faults.takeSilence(openedAt) && isServed,
      messagesPerSecond: limits.messagesPerSecond,
    })
    this.#hub.connections.add(connection)
    this.#hub.add(connection, streams)
    this.#counter.opened += 1
    this.#listen(connection, webSocket)
    this.#timer ??= setInterval(() => this.#tick(), this.#options.tickMs)
  }

  #listen(connection: StreamConnection, webSocket: WebSocket): void {
    const session = createSession(connection, {
      hub: this.#hub,
      counter: this.#counter,
      maxStreams: this.#options.limits.maxStreams,
    })
    webSocket.on('message', (data: RawData) => {
      this.catchUp()
      if (this.#admit(connection)) connection.send(this.#options.protocol.answer(String(data), session))
    })
    webSocket.on('ping', () => this.#admit(connection))
    webSocket.on('pong', () => {
      connection.lastPong = performance.now()
      this.#admit(connection)
    })
    webSocket.on('error', () => this.#end(connection, 'client'))
    webSocket.on('close', () => this.#end(connection, 'client'))
  }

  #admit(connection: StreamConnection): boolean {
    if (!connection.isOpen) return false
    if (connection.countMessage()) return true
    if (this.#options.isEnforced) this.#end(connection, 'messages')
    else this.#counter.violations.messages += 1
    return !this.#options.isEnforced
  }

  #tick(): void {
    this.catchUp()
    const { pingEveryMs, pongWithinMs } = this.#options.limits
    const now = performance.now()
    for (const connection of [...this.#hub.connections]) {
      if (connection.isSlow) this.#end(connection, 'slow')
      else if (now - connection.lastPong >= pongWithinMs) this.#end(connection, 'pong')
      else if (now - connection.lastPing >= pingEveryMs) connection.ping()
    }
  }

  #end(connection: StreamConnection, reason: EndReason, at = this.#options.clock.now()): void {
    if (!this.#hub.connections.delete(connection)) return
    this.#hub.drop(connection, connection.streams)
    this.#counter.countEnd(at, reason)
    connection.end(reason)
    if (this.#hub.connections.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

/** The HTTP status of a handshake that no fault refuses: nothing is served there, or more streams are wanted than allowed. */
function refuse(opening: Opening | undefined, maxStreams: number): number | undefined {
  if (!opening) return 404
  return new Set(opening.streams).size > maxStreams ? 400 : undefined
}
