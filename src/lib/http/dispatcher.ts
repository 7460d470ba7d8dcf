import { Agent, type Dispatcher, Pool, ProxyAgent, Socks5ProxyAgent } from 'undici'
import { decodePercent } from '../text/percent.ts'

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
    return new Socks5ProxyAgent(
      `socks5://${proxy.host}`,
      username ? { ...shared, username, password } : shared,
    )
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
      }),
  })
}
