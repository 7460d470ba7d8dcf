import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, createServer as createSocketServer, type Socket } from 'node:net'
import { Server as ProxyServer } from 'proxy-chain'

export interface TestProxy extends AsyncDisposable {
  readonly url: string
}

export interface WorkingProxy extends TestProxy {
  /** Connections that go through it now. */
  readonly open: number
  /** Ends all of them. */
  cut(): void
}

/** A real proxy whose requests leave from an address of its own, so that the venue sees another client. */
export async function startProxy(localAddress: string, password?: string): Promise<WorkingProxy> {
  const server = new ProxyServer({
    port: 0,
    host: '127.0.0.1',
    prepareRequestFunction: ({ password: given }) => ({
      requestAuthentication: password !== undefined && given !== password,
      localAddress,
    }),
  })
  await server.listen()
  const login = password === undefined ? '' : `user:${password}@`
  return {
    url: `http://${login}127.0.0.1:${server.port}`,
    get open() {
      return server.getConnectionIds().length
    },
    cut: () => server.closeConnections(),
    [Symbol.asyncDispose]: () => server.close(true),
  }
}

/** A proxy that refuses every tunnel. */
export async function startBrokenProxy(): Promise<TestProxy> {
  const server: Server = createServer((_, response) => void response.writeHead(502).end('Bad Gateway'))
  server.on('connect', (_, socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export interface SocketServer extends AsyncDisposable {
  readonly port: number
  readonly sockets: ReadonlySet<Socket>
}

/** On loopback; its end ends every connection. */
export async function listenForSockets(onSocket: (socket: Socket) => void): Promise<SocketServer> {
  const sockets = new Set<Socket>()
  const server = createSocketServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Takes every connection and never says a word. */
export const startMuteServer = (): Promise<SocketServer> => listenForSockets((socket) => void socket.resume())

/** What a SOCKS proxy does with the greeting, the login and the request; by default all goes well. */
export interface SocksManners {
  /** Login that it wants; without one everybody may come in. */
  readonly password?: string
  /** Address from which its connections leave. */
  readonly localAddress?: string
  /** Says this in place of its answer to the greeting. */
  readonly greeting?: readonly number[] | string
  /** Of RFC 1928: answers a request with it. */
  readonly reply?: number
  /** Leaves after so many messages of the client, with a reset or without. */
  readonly leavesAfter?: number
  readonly resets?: boolean
}

/** RFC 1928 and 1929 as far as a client needs them. */
export function startSocksProxy(manners: SocksManners = {}): Promise<SocketServer> {
  const { password, greeting, reply = 0, leavesAfter, resets } = manners
  const method = password === undefined ? 0 : 2
  return listenForSockets((socket) => {
    let step = 0
    socket.on('data', function onData(bytes: Buffer) {
      step += 1
      if (step === leavesAfter) resets ? socket.resetAndDestroy() : socket.end()
      else if (step === 1)
        socket.write(typeof greeting === 'string' ? greeting : Buffer.from(greeting ?? [5, method]))
      else if (step === 2 && password !== undefined) {
        const isKnown = bytes.subarray(3 + (bytes[1] ?? 0)).toString() === password
        socket.write(Buffer.from([1, isKnown ? 0 : 1]))
      } else if (reply !== 0) socket.write(Buffer.from([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]))
      else {
        socket.off('data', onData)
        pass(socket, bytes.readUInt16BE(bytes.length - 2), manners.localAddress)
      }
    })
  })
}

function pass(socket: Socket, port: number, localAddress = '127.0.0.1'): void {
  const upstream = connect({ port, host: '127.0.0.1', localAddress }, () => {
    socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]))
    socket.pipe(upstream).pipe(socket)
  })
  upstream.on('error', () => socket.destroy())
  socket.on('close', () => upstream.destroy())
}
