import type { Agent } from 'node:http'
import type { Socket } from 'node:net'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { SocksProxyAgent } from 'socks-proxy-agent'
import { ProxyError } from '../http/proxy-trouble.ts'
import { listWays, type WayOptions } from '../http/ways.ts'

/** One way out to the network for connections that stay. */
export interface FeedWay {
  /** `direct`, or `proxy-1` … in the order given: a name that never holds credentials. */
  readonly name: string
  /** For one connection; the signal ends what is under way to the proxy. Without it: from the local address. */
  createAgent?(signal: AbortSignal): Agent
}

/** Named as lanes are. */
export function openFeedWays(options: WayOptions): FeedWay[] {
  return listWays(options).map(({ name, proxy }) =>
    proxy ? { name, createAgent: (signal) => createAgent(proxy, signal) } : { name },
  )
}

function createAgent(proxy: URL, signal: AbortSignal): Agent {
  if (!proxy.protocol.startsWith('socks')) return new HttpAgent(proxy, { signal })
  // The proxy resolves the name of the venue, as it does for requests: here it may well be blocked.
  return new SocksAgent(proxy.href.replace(/^socks5?:/, 'socks5h:'), { timeout: SOCKS_TIMEOUT })
}

/** Nothing can end the talk with a SOCKS proxy before its time: it is kept short, so that a mute one holds nobody up. */
const SOCKS_TIMEOUT = 10_000

class HttpAgent extends HttpsProxyAgent<string> {
  override connect(
    ...args: Parameters<HttpsProxyAgent<string>['connect']>
  ): ReturnType<HttpsProxyAgent<string>['connect']> {
    return super.connect(...args).catch(blameProxy)
  }
}

class SocksAgent extends SocksProxyAgent {
  override connect(...[request, options]: Parameters<SocksProxyAgent['connect']>): Promise<Socket> {
    request.once('proxy', ({ socket }: { readonly socket: Socket }) => {
      // The time is for that talk alone; the agent goes on to end what is silent for so long.
      queueMicrotask(() => socket.setTimeout(0))
    })
    return super.connect(request, options).catch(blameProxy)
  }
}

/** Both only come to an end when the way through the proxy is there. What `cause` holds beside its words is secret. */
const blameProxy = (cause: unknown): never => {
  throw new ProxyError(cause)
}
