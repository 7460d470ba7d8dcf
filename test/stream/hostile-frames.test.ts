import { describe, expect, it } from 'vitest'
import { findFault } from '../../src/lib/model/candle-rules.ts'
import { floorTo, MINUTE } from '../../src/lib/model/window.ts'
import { Intake } from '../../src/lib/stream/intake.ts'
import { LiveSymbols } from '../../src/lib/stream/live-symbols.ts'
import type { Pending } from '../../src/lib/stream/stream-writer.ts'
import { VenueTime } from '../../src/lib/stream/venue-time.ts'
import type { FeedMessage } from '../../src/lib/venue/feed.ts'
import { createBinanceFeed } from '../../src/venues/binance/stream/index.ts'
import { mutate } from '../helpers/mutations.ts'
import { Listener, ORIGIN, until } from '../unit/feed-server.ts'

const START = floorTo(Date.now(), MINUTE)
const NOW = START + MINUTE + 10
const GOOD = 30

const barOf = (symbol: string, openTime: number) => ({
  t: openTime,
  T: openTime + MINUTE - 1,
  s: symbol,
  i: '1m',
  f: 1,
  L: 3,
  o: '10.0',
  c: '11.0',
  h: '12.0',
  l: '9.5',
  v: '7.500',
  n: 3,
  x: true,
  q: '80.0',
  V: '2.250',
  Q: '25.0',
  B: '0',
})
const around = (stream: string, data: object) => ({ stream, data })
const kline = (symbol: string, openTime: number) =>
  around(`${symbol.toLowerCase()}@kline_1m`, {
    e: 'kline',
    E: openTime + MINUTE + 5,
    s: symbol,
    k: barOf(symbol, openTime),
  })

/** One sound frame of each kind, of another symbol than the good minutes. */
const KINDS = {
  kline: kline('ETHUSDT', START),
  forceOrder: around('!forceOrder@arr', {
    e: 'forceOrder',
    E: NOW,
    o: {
      s: 'ETHUSDT',
      S: 'SELL',
      o: 'LIMIT',
      f: 'IOC',
      q: '2',
      p: '10',
      ap: '9.9',
      X: 'FILLED',
      l: '1',
      z: '2',
      T: NOW - 50,
      st: 1,
    },
  }),
  markPriceUpdate: around('ethusdt@markPrice', {
    e: 'markPriceUpdate',
    E: NOW,
    s: 'ETHUSDT',
    p: '1',
    i: '1',
    P: '1',
    r: '0',
    T: NOW + 3_600_000,
  }),
  contractInfo: around('!contractInfo', {
    e: 'contractInfo',
    E: NOW,
    s: 'ETHUSDT',
    ps: 'ETHUSDT',
    ct: 'PERPETUAL',
    dt: 4_133_404_800_000,
    ot: 1_569_398_400_000,
    cs: 'TRADING',
    bks: { bs: 1, bnf: 0, bnc: 5_000, mmr: 0.01, cf: 0, mi: 21, ma: 50 },
  }),
  // Of no message that was sent: a reply to one would say that its streams are there.
  reply: { result: { a: 1, b: { c: 'd' } }, id: 900_001, more: { f: [], g: 2 }, last: 'x', h: { i: 1 } },
  error: {
    error: { code: 2, msg: 'Invalid request', more: { a: 1 }, b: 'c', d: 4 },
    id: 900_001,
    status: 400,
    e1: 1,
    f: { g: 'h' },
  },
}

function isReadable(frame: Buffer): boolean {
  try {
    createBinanceFeed('wss://venue.test').parse(frame)
    return true
  } catch {
    return false
  }
}

/** The feed, and what would be written of it. */
async function start() {
  const symbols = new LiveSymbols()
  for (const symbol of ['BTCUSDT', 'ETHUSDT']) symbols.add({ symbol, isLive: true, listedSince: null }, START)
  const time = new VenueTime({ now: () => 0, sleep: async () => {} }, START + GOOD * MINUTE)
  const added: Pending[] = []
  const intake = new Intake({
    symbols,
    time,
    add: (pending) => added.push(pending),
    onOrder: () => {},
    onFunding: () => {},
    onListing: () => {},
  })
  const onMessage = (message: FeedMessage): void => intake.take(message)
  // Times as they are: these frames are real ones.
  const { parse } = createBinanceFeed('ws://127.0.0.1:1')
  const listener = await Listener.start({ onMessage }, { parse })
  return { listener, added }
}

describe.each(Object.entries(KINDS))('frames of the kind %s, mutated', (_, frame) => {
  it('cost themselves alone, over one connection', async () => {
    const { listener, added } = await start()
    await using _listener = listener
    listener.client.setSymbols(['BTCUSDT', 'ETHUSDT'])
    const visitor = await listener.bringUp(0, NOW - ORIGIN)
    const mutants = mutate(frame)
    expect(mutants.length).toBeGreaterThan(300)
    const every = Math.ceil(mutants.length / GOOD)
    let minutes = 0
    for (const [at, { bytes, isBinary = false }] of mutants.entries()) {
      visitor.socket.send(bytes, { binary: isBinary })
      if (at % every !== 0) continue
      visitor.sendText(JSON.stringify(kline('BTCUSDT', START + minutes * MINUTE)))
      minutes += 1
    }
    const last = START + minutes * MINUTE
    visitor.sendText(JSON.stringify(kline('BTCUSDT', last)))
    const candlesOf = (symbol: string) =>
      added.filter(({ commit }) => commit.symbol === symbol && commit.dataset === 'ohlcv')
    await until(() => candlesOf('BTCUSDT').some(({ commit }) => commit.rows[0]?.ts === last))
    expect(listener.eventsOf('down')).toEqual([])
    expect(listener.server.handshakes).toBe(1)
    // Whatever is not read is counted: the first at once, the others in a sum.
    await listener.clock.advance(10_000)
    const bad = listener.eventsOf('bad-frame').reduce((sum, { count }) => sum + count, 0)
    const unreadable = mutants.filter(({ bytes }) => !isReadable(bytes)).length
    expect(unreadable).toBeGreaterThan(50)
    expect(bad).toBeGreaterThanOrEqual(unreadable)
    expect(candlesOf('BTCUSDT').map(({ commit }) => commit.rows[0])).toEqual(
      Array.from({ length: minutes + 1 }, (_, at) => ({
        ts: START + at * MINUTE,
        open: '10.0',
        high: '12.0',
        low: '9.5',
        close: '11.0',
        volume: '7.500',
        quoteVolume: '80.0',
        trades: 3,
        takerBuyVolume: '2.250',
        takerBuyQuoteVolume: '25.0',
      })),
    )
    for (const { commit } of candlesOf('ETHUSDT'))
      for (const row of commit.rows)
        if (commit.dataset === 'ohlcv' && 'volume' in row) expect(findFault(row)).toBeUndefined()
  })
})
