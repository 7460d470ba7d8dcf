import { Server as ProxyServer } from 'proxy-chain'
import { runBackfill } from './backfill.ts'
import { watchCycles } from './cycles.ts'
import { atLeast, atMost, type Part } from './figure.ts'
import type { Ground } from './ground.ts'
import { startVenue } from './venue-process.ts'

/** The most that one address may have: 2,400 weight a minute, 499 candles for 2. */
const CANDLES_A_MINUTE = 598_800
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'LTCUSDT', 'LINKUSDT', 'XRPUSDT', 'ADAUSDT']
const SINCE = Date.UTC(2025, 0, 1)
const MINUTE = 60_000

interface LaneRun {
  readonly lanes: number
  readonly cycles: number
  readonly candles: number
  readonly seconds: number
  readonly burstSeconds: number
  readonly candlesAMinute: number
  readonly share: number
  readonly limited: number
}

/**
 * Candles a minute under the venue's limits, over one lane and over three.
 *
 * The client sends what a window allows at once and then waits until that weight is free again, so a rate taken over
 * any stretch of time flatters or hides the wait. What repeats is the cycle: measured is the time from the first
 * klines request to the first one after `cycles` waits, and what the venue served in between. The venue's own counts
 * are read every 50 ms from outside; both ends are taken so that the error makes the time longer. The work is sized
 * to end just behind the last wait, and each run must end with all of its candles committed.
 */
export async function measureLimits(ground: Ground): Promise<Part> {
  const one = await measureLanes(ground, 1, 1)
  const three = await measureLanes(ground, 3, 1)
  return {
    figures: [
      atLeast(0.97, 'a. candles a minute, one lane ÷ 598,800', one.share, 'ratio'),
      atLeast(0.95, 'a. candles a minute, three lanes ÷ 1,796,400', three.share, 'ratio'),
      atMost(0, 'a. requests over a limit', one.limited + three.limited, 'requests'),
    ],
    details: { runs: [one, three] },
  }
}

async function measureLanes(ground: Ground, lanes: number, cycles: number): Promise<LaneRun> {
  await ground.clear()
  await using stack = new AsyncDisposableStack()
  const venue = stack.use(await startVenue(['--seed', 'bench', '--start', '2026-06-01']))
  const proxies: string[] = []
  for (let at = 1; at < lanes; at += 1) proxies.push(await startProxy(stack, `127.0.0.${at + 1}`))
  const wanted = lanes * cycles * CANDLES_A_MINUTE + 12_000
  const minutes = Math.ceil(wanted / SYMBOLS.length)
  const iso = (ts: number): string => new Date(ts).toISOString()
  const watch = watchCycles(venue, cycles, ({ rows }) => rows['/fapi/v1/klines'] ?? 0)
  await runBackfill({
    databaseUrl: ground.url,
    venueUrl: venue.restUrl,
    symbols: SYMBOLS,
    since: iso(SINCE),
    until: iso(SINCE + minutes * MINUTE),
    more: proxies.length > 0 ? ['--proxies', proxies.join(',')] : [],
  })
  const { count: candles, ...measured } = await watch.end()
  const [stored, { violations }] = [await ground.countCandles(), await venue.stats()]
  if (stored !== minutes * SYMBOLS.length) throw new Error(`${stored} of ${minutes * SYMBOLS.length} stored`)
  const candlesAMinute = (candles / measured.seconds) * 60
  const share = candlesAMinute / (lanes * CANDLES_A_MINUTE)
  const limited = violations.limited + violations.whileBanned
  return { lanes, cycles, candles, ...measured, candlesAMinute, share, limited }
}

/** A proxy whose requests leave from an address of its own: another client to the venue. */
async function startProxy(stack: AsyncDisposableStack, localAddress: string): Promise<string> {
  const prepareRequestFunction = () => ({ localAddress })
  const server = new ProxyServer({ port: 0, host: '127.0.0.1', prepareRequestFunction })
  await server.listen()
  stack.defer(() => server.close(true))
  return `http://127.0.0.1:${server.port}`
}
