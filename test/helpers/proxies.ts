import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createMuteServer, type Socket } from 'node:net'
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

/** Takes every connection and never says a word. */
export async function startMuteServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>()
  const server = createMuteServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
