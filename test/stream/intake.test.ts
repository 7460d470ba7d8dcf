import { describe, expect, it } from 'vitest'
import type { Candle } from '../../src/lib/model/market.ts'
import { MINUTE, SECOND } from '../../src/lib/model/window.ts'
import { Intake } from '../../src/lib/stream/intake.ts'
import { LiveSymbols } from '../../src/lib/stream/live-symbols.ts'
import type { Pending } from '../../src/lib/stream/stream-writer.ts'
import { VenueTime } from '../../src/lib/stream/venue-time.ts'
import type { FeedMessage } from '../../src/lib/venue/feed.ts'

const START = Date.UTC(2026, 1, 1)

const candleAt = (ts: number): Candle => ({
  ts,
  open: '10.0',
  high: '12.0',
  low: '9.5',
  close: '11.0',
  volume: '7.500',
  quoteVolume: '80.0',
  trades: 3,
  takerBuyVolume: '2.250',
  takerBuyQuoteVolume: '25.0',
})

const closed = (openTime: number, symbol = 'BTCUSDT'): FeedMessage & { kind: 'candle' } => ({
  kind: 'candle',
  symbol,
  eventTime: openTime + MINUTE + 5,
  openTime,
  candle: candleAt(openTime),
  price: '11.0',
})

const order = (ts: number, symbol = 'BTCUSDT'): FeedMessage => ({
  kind: 'liquidation',
  symbol,
  eventTime: ts + SECOND,
  order: { ts, positionSide: 'long', price: '10', quantity: '2', averagePrice: '9.9', filled: '2' },
})

function createIntake() {
  const symbols = new LiveSymbols()
  symbols.add({ symbol: 'BTCUSDT', isLive: true, listedSince: null }, START)
  const time = new VenueTime({ now: () => 0, sleep: async () => {} }, START + MINUTE)
  const added: Pending[] = []
  const told: unknown[] = []
  const intake = new Intake({
    symbols,
    time,
    add: (pending) => added.push(pending),
    onOrder: (ts) => told.push(['order', ts]),
    onFunding: (symbol, next) => told.push(['funding', symbol, next]),
    onListing: () => told.push(['listing']),
  })
  return { intake, added, told, symbols, time }
}

describe('what a feed says becomes', () => {
  it('the same by the time of the venue where a frame tells none', () => {
    const { intake, added } = createIntake()
    for (const openTime of [START + MINUTE, START]) intake.take({ ...closed(openTime), eventTime: undefined })
    expect(added.map(({ commit }) => [commit.dataset, commit.covered, commit.rows[0]?.ts])).toEqual([
      ['ohlcv', [{ from: START, to: START + MINUTE }], START],
      ['tv', [{ from: START, to: START + MINUTE }], START],
    ])
    expect(added.every(({ eventTime }) => eventTime === START + MINUTE)).toBe(true)
    expect(intake.counts).toMatchObject({ frames: 2, candles: 1, unwanted: 1 })
  })

  it('a candle and its taker volume for each closed minute, once, and they give way to what is stored', () => {
    const { intake, added } = createIntake()
    intake.take(closed(START))
    intake.take(closed(START))
    const covered = [{ from: START, to: START + MINUTE }]
    const eventTime = START + MINUTE + 5
    const flow = { ts: START, buyVolume: '2.250', sellVolume: '5.25', method: 'exact', sampledAt: START }
    expect(added).toEqual([
      {
        commit: { symbol: 'BTCUSDT', dataset: 'ohlcv', rows: [candleAt(START)], covered, yields: true },
        eventTime,
      },
      { commit: { symbol: 'BTCUSDT', dataset: 'tv', rows: [flow], covered, yields: true }, eventTime },
    ])
    expect(intake.counts.duplicates).toBe(1)
  })

  it('nothing for an open candle, another symbol, a minute that is not over or is none', () => {
    const { intake, added } = createIntake()
    intake.take({
      kind: 'candle',
      symbol: 'BTCUSDT',
      eventTime: START,
      openTime: START,
      candle: undefined,
      price: undefined,
    })
    intake.take(closed(START, 'ETHUSDT'))
    intake.take({
      kind: 'candle',
      symbol: 'BTCUSDT',
      eventTime: START + MINUTE,
      openTime: START + 5 * MINUTE,
      candle: candleAt(START + 5 * MINUTE),
      price: '11.0',
    })
    intake.take(closed(START + 1))
    expect(added).toEqual([])
    expect(intake.counts).toEqual({ frames: 4, candles: 0, orders: 0, duplicates: 0, unwanted: 3 })
  })

  it('a row without coverage for each order of a symbol that is streamed, once', () => {
    const { intake, added, told } = createIntake()
    intake.take(order(START + 61_500))
    intake.take(order(START + 61_500))
    intake.take(order(START + 61_500, 'ETHUSDT'))
    expect(added.map(({ commit }) => [commit.dataset, commit.rows.length, commit.covered])).toEqual([
      ['lqo', 1, []],
    ])
    expect(told).toEqual([['order', START + 61_500]])
  })

  it("the venue's time, settlements to come, and news of the list", () => {
    const { intake, told, time, symbols } = createIntake()
    const at = START + 3 * MINUTE
    intake.take({ kind: 'funding', symbol: 'BTCUSDT', eventTime: at, nextFundingTime: at + MINUTE })
    intake.take({ kind: 'listing', symbol: 'NEWUSDT', eventTime: at + 1 })
    expect(told).toEqual([['funding', 'BTCUSDT', at + MINUTE], ['listing']])
    expect(time.now()).toBe(at + 1)
    expect(symbols.find('BTCUSDT')?.heardAt).toBe(at)
  })
})
