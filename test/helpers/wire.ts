import { connect, createServer, type Server, type Socket } from 'node:net'
import { parseDatabaseUrl } from '../../src/db/database-url.ts'

/** A TCP relay between a client and the database server, so that a connection can be cut or go silent in the middle. */
export class Wire implements AsyncDisposable {
  readonly #sockets = new Set<Socket>()
  /** Those whose end is told to the server. */
  readonly #clients = new Set<Socket>()
  #server: Server | undefined
  isSilent = false
  url = ''

  async open(url: string, port = 0): Promise<void> {
    const target = parseDatabaseUrl(url)
    this.#server = createServer((client) => {
      const upstream = connect(target.port, target.host)
      this.#track(client)
      this.#track(upstream)
      client.on('data', (chunk) => void (this.isSilent || upstream.write(chunk)))
      upstream.on('data', (chunk) => void (this.isSilent || client.write(chunk)))
      this.#clients.add(client)
      client.on('close', () => this.#clients.delete(client) && upstream.destroy())
      upstream.on('close', () => client.destroy())
    })
    await new Promise<void>((resolve) => this.#server?.listen(port, '127.0.0.1', resolve))
    const address = this.#server.address()
    this.url = url.replace(/@[^/]+/, `@127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** The clients hear that their connections are gone, the server does not. */
  loseClients(): void {
    for (const client of [...this.#clients]) {
      this.#clients.delete(client)
      client.destroy()
    }
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server?.close(() => resolve()))
    this.cut()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
  }
}
