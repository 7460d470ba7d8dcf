import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent, Socks5ProxyAgent } from 'undici'
import { decodePercent } from '../text/percent.ts'
import { ProxyError } from './proxy-trouble.ts'
import { createSocksConnector } from './socks-connector.ts'

export interface DispatcherOptions {
  readonly connections: number
  readonly requestTimeoutMs: number
}

const CONNECT_TIMEOUT = 10_000

/** The way out for one lane: undefined is the local address. */
export function createDispatcher(proxy: URL | undefined, options: DispatcherOptions): Dispatcher {
  const shared = {
    connections: options.connections,
    pipelining: 1,
    headersTimeout: options.requestTimeoutMs,
    bodyTimeout: options.requestTimeoutMs,
    connectTimeout: CONNECT_TIMEOUT,
  }
  if (!proxy) return new Agent({ ...shared, connect: { timeout: CONNECT_TIMEOUT } })
  const username = decodePercent(proxy.username)
  const password = decodePercent(proxy.password)
  if (proxy.protocol.startsWith('socks')) {
    const login = username ? { username, password } : {}
    const connect = createSocksConnector(CONNECT_TIMEOUT)
    return new Socks5ProxyAgent(`socks5://${proxy.host}`, { ...shared, ...login, connect })
  }
  const token = username
    ? { token: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
    : {}
  // Always through a tunnel: a proxy's own 502 or 407 can then never be taken for an answer of the venue.
  return new ProxyAgent({
    ...shared,
    ...token,
    uri: `${proxy.protocol}//${proxy.host}`,
    proxyTunnel: true,
    // Its own connections to the proxy know none of the times above: a mute one would be waited for for five minutes.
    clientFactory: (origin, own) =>
      new Pool(origin, {
        ...own,
        headersTimeout: options.requestTimeoutMs,
        bodyTimeout: options.requestTimeoutMs,
        connect: blameProxy(own),
      }),
  })
}

/** What fails while a connection is made fails on the way to the proxy. */
function blameProxy(own: object): buildConnector.connector {
  const connect = hasConnector(own) ? own.connect : buildConnector({ timeout: CONNECT_TIMEOUT })
  return (options, callback) =>
    connect(options, (...[error, socket]) =>
      error ? callback(new ProxyError(error), null) : callback(null, socket),
    )
}

const hasConnector = (own: object): own is { readonly connect: buildConnector.connector } =>
  'connect' in own && typeof own.connect === 'function'
