import { describe, expect, it } from 'vitest'
import { openFeedWays } from '../../src/lib/feed/open-feed-ways.ts'
import { LaneProber } from '../../src/lib/http/lane-probe.ts'
import { systemClock } from '../../src/lib/time/clock.ts'
import { startSimulator } from '../../src/sim/index.ts'
import { createBinance } from '../../src/venues/binance/index.ts'
import { listenForSockets, type SocksManners, startSocksProxy } from '../helpers/proxies.ts'
import { Listener, until } from './feed-server.ts'

const { signal } = new AbortController()

/** What one question over this proxy alone ends with, and how long that takes. */
async function ask(proxy: string) {
  await using simulator = await startSimulator()
  await using prober = new LaneProber({
    api: createBinance({ binanceRestUrl: simulator.restUrl }),
    clock: systemClock,
    venueNow: () => Date.now(),
    proxies: [proxy],
    usesDirect: false,
    concurrency: 1,
    requestTimeoutMs: 60_000,
  })
  const startedAt = performance.now()
  const probe = await prober.probeAny(signal)
  return { failure: probe?.failure, ms: performance.now() - startedAt }
}

/** What a feed over this proxy alone is told to have ended with. */
async function connectFeed(proxy: string): Promise<string> {
  const ways = openFeedWays({ proxies: [proxy], usesDirect: false })
  await using listener = await Listener.start({ ways })
  listener.client.setSymbols(['BTCUSDT'])
  return (await until(() => listener.eventsOf('down')[0])).reason
}

/** Less than any time-out on the way: the failure was seen, not waited for. */
const AT_ONCE = 5_000
const HUNG_UP = 'the proxy hung up before it had made the connection'

const SOCKS: readonly (readonly [string, SocksManners, string])[] = [
  ['another password', { password: 'other' }, 'the proxy refused the user or the password'],
  [
    'no way to log in',
    { greeting: [5, 255] },
    'the proxy accepts none of the ways to log in that it was offered',
  ],
  [
    'an unknown way to log in',
    { greeting: [5, 3] },
    'the proxy wants a way to log in that is not known here',
  ],
  ['another protocol', { greeting: 'HTTP/1.1 400 Bad Request\r\n\r\n' }, 'the proxy does not speak SOCKS5'],
  ['reply 1', { reply: 1 }, 'the proxy failed to make the connection'],
  ['reply 2', { reply: 2 }, 'the rules of the proxy do not allow this connection'],
  ['reply 3', { reply: 3 }, 'the proxy cannot reach the network of the venue'],
  ['reply 4', { reply: 4 }, 'the proxy cannot reach the venue'],
  ['reply 5', { reply: 5 }, 'the venue refused the connection of the proxy'],
  ['reply 6', { reply: 6 }, 'the connection of the proxy to the venue took too long'],
  ['reply 8', { reply: 8 }, 'the proxy cannot make such a connection'],
  ['silence after the greeting', { leavesAfter: 1 }, HUNG_UP],
  ['silence after the request', { leavesAfter: 2 }, HUNG_UP],
]

describe.each(SOCKS)('a SOCKS proxy with %s', (_, manners, reason) => {
  const login = manners.password === undefined ? '' : 'ann:s3cret@'

  it('is named as what it is, at once, with its lane', async () => {
    await using proxy = await startSocksProxy(manners)
    const { failure, ms } = await ask(`socks5://${login}127.0.0.1:${proxy.port}`)
    expect(failure).toMatchObject({ kind: 'setback', type: 'proxy', reason: `over proxy-1, ${reason}` })
    expect(ms).toBeLessThan(AT_ONCE)
  })

  it('is named by a feed in the same words', async () => {
    await using proxy = await startSocksProxy(manners)
    expect(await connectFeed(`socks5://${login}127.0.0.1:${proxy.port}`)).toBe(reason)
  })
})

describe('a proxy', () => {
  it('of SOCKS that resets the connection is blamed for it', async () => {
    await using proxy = await startSocksProxy({ leavesAfter: 2, resets: true })
    const reason = 'the proxy cannot be used: the connection was reset'
    const url = `socks5://127.0.0.1:${proxy.port}`
    expect((await ask(url)).failure).toMatchObject({ type: 'proxy', reason: `over proxy-1, ${reason}` })
    expect(await connectFeed(url)).toBe(reason)
  })

  it.each(['http', 'socks5'])('of %s that nobody runs is blamed for it', async (protocol) => {
    const reason = 'the proxy cannot be used: the connection was refused'
    // A port that was free a moment ago may be somebody's by now; this one is nobody's.
    const url = `${protocol}://127.0.0.1:1`
    expect((await ask(url)).failure).toMatchObject({ type: 'proxy', reason: `over proxy-1, ${reason}` })
    expect(await connectFeed(url)).toBe(reason)
  })

  it('of HTTP that hangs up is blamed for it, at once', async () => {
    await using proxy = await listenForSockets((socket) => void socket.once('data', () => socket.end()))
    const url = `http://127.0.0.1:${proxy.port}`
    const { failure, ms } = await ask(url)
    expect(failure).toMatchObject({ type: 'proxy', reason: `over proxy-1, ${HUNG_UP}` })
    expect(ms).toBeLessThan(AT_ONCE)
    expect(await connectFeed(url)).toBe(HUNG_UP)
  })

  it('of SOCKS that works is not blamed for a venue that breaks off', async () => {
    await using venue = await listenForSockets((socket) => void socket.once('data', () => socket.end()))
    await using proxy = await startSocksProxy({ password: 's3cret' })
    await using prober = new LaneProber({
      api: createBinance({ binanceRestUrl: `http://127.0.0.1:${venue.port}` }),
      clock: systemClock,
      venueNow: () => Date.now(),
      proxies: [`socks5://ann:s3cret@127.0.0.1:${proxy.port}`],
      usesDirect: false,
      concurrency: 1,
      requestTimeoutMs: 60_000,
    })
    const probe = await prober.probeAny(signal)
    expect(probe?.failure).toMatchObject({
      type: 'network',
      reason: 'over proxy-1, the connection was closed in the middle',
    })
  })
})
