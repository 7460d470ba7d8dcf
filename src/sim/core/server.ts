import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { ConfigurationError, causesOf, UsageError } from '../../lib/errors.ts'
import { answerControl, CONTROL_PREFIX, type Controls } from './control.ts'
import { deliver } from './deliver.ts'
import type { Delivery } from './fault-effects.ts'
import type { StreamServer } from './stream/stream-server.ts'
import type { VenueDesk } from './venue-desk.ts'

/** A desk and where it stands. */
export interface MountedDesk {
  /** What its paths begin with (`/coinalyze/v1`), without a slash at the end; `''` answers whatever no other desk does. */
  readonly prefix: string
  readonly desk: VenueDesk
  /** Told of each answer before it is sent; calls what it gets back when the answer is out or its connection gone. */
  readonly watch?: (endpoint: string, delivery: Delivery) => () => void
}

export interface ServerOptions {
  /** 0: a free one. */
  readonly port: number
  /** A loopback address. */
  readonly host: string
  /** One of them at `''`. */
  readonly desks: readonly MountedDesk[]
  readonly controls: Controls
  /** Takes the upgrade requests. */
  readonly stream: StreamServer
}

export interface RunningServer {
  readonly url: string
  /** Of the stream. */
  readonly wsUrl: string
  /** Ends all connections, the waiting ones too. */
  close(): Promise<void>
}

const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/

/** Serves a simulated venue over HTTP on loopback, keep-alive and without compression. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, controls, stream } = options
  if (!LOOPBACK.test(host)) {
    const hint = 'use 127.0.0.1 or another loopback address'
    throw new UsageError(`a simulated venue listens on loopback only, not on ${host}`, { hint })
  }
  // The longest prefix first: the most particular desk that stands there answers.
  const desks = options.desks.toSorted((a, b) => b.prefix.length - a.prefix.length)
  const server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 0 }, (request, response) => {
    handle(request, response, { desks, controls }).catch((error: unknown) => fail(response, error))
  })
  server.on('upgrade', (request, socket, head) => stream.upgrade(request, socket, head))
  await listen(server, port, host)
  const address = server.address()
  const bound = typeof address === 'object' && address ? address.port : port
  const authority = `${host.includes(':') ? `[${host}]` : host}:${bound}`
  return {
    url: `http://${authority}`,
    wsUrl: `ws://${authority}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
        stream.close()
      }),
  }
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
  } catch (error) {
    const hint = 'choose another port, or 0 for a free one'
    throw new ConfigurationError(`the simulated venue cannot listen on ${host}:${port}`, {
      cause: error,
      hint,
    })
  }
}

/** What is wrong with the simulator itself (a damaged file of recorded candles) is told to whoever asked. */
function fail(response: ServerResponse, error: unknown): void {
  const msg = `the simulated venue failed: ${causesOf(error).join(': ')}`
  if (response.headersSent) response.destroy()
  else
    deliver(response, {
      answer: { status: 500, body: JSON.stringify({ code: -1000, msg }) },
      manner: 'whole',
      pauseMs: 0,
    })
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  { desks, controls }: Pick<ServerOptions, 'desks' | 'controls'>,
): Promise<void> {
  const url = request.url ?? '/'
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  if (path.startsWith(CONTROL_PREFIX)) {
    const answer = await answerControl(request, path, controls)
    deliver(response, { answer, manner: 'whole', pauseMs: 0 })
    return
  }
  // A body nobody reads would block the next request on the same connection.
  if (request.method !== 'GET') request.resume()
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
  const address = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  const { method = 'GET', headers } = request
  const { prefix, desk, watch } = findDesk(desks, path)
  const endpoint = path.slice(prefix.length)
  const delivery = desk.decide({ method, path, endpoint, query, headers, address })
  const end = watch?.(endpoint, delivery)
  if (end) response.once('close', end)
  deliver(response, delivery)
}

function findDesk(desks: readonly MountedDesk[], path: string): MountedDesk {
  const found = desks.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`))
  if (!found) throw new RangeError(`no desk stands at ${path}`)
  return found
}
