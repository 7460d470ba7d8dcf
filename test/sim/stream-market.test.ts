import { describe, expect, it } from 'vitest'
import { type BinanceSimulatorOptions, createListing } from '../../src/sim/binance/index.ts'
import { startSimulator } from '../../src/sim/index.ts'
import { ask } from '../helpers/simulator.ts'
import { StreamClient } from '../helpers/stream-client.ts'

const NOW = Date.UTC(2026, 4, 3, 12)
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const market = (changes: Omit<BinanceSimulatorOptions, 'mount'> = {}) => ({
  symbols: ['BTCUSDT', 'ETHUSDT', 'MYXUSDT', 'XAUUSDT'],
  clock: { startAt: NOW, rate: 0 },
  ...changes,
  stream: { messagesPerSecond: 1_000, maxAgeMs: 100 * 24 * HOUR, ...changes.stream },
})

const MARK_KEYS = ['e', 'E', 's', 'p', 'ap', 'P', 'i', 'r', 'T', 'st']

describe('mark prices', () => {
  it.each([
    ['btcusdt@markPrice', 3_000],
    ['btcusdt@markPrice@1s', 1_000],
    ['!markPrice@arr', 3_000],
    ['!markPrice@arr@1s', 1_000],
  ] as const)('%s comes each %i ms', async (name, every) => {
    await using simulator = await startSimulator(market())
    await using client = await StreamClient.open(`${simulator.wsUrl}/market/ws/${name}`)
    for (let step = 0; step < 70; step += 1) simulator.advance(100)
    const times = new Set((await client.frames()).flat().map((frame) => Number(frame.E) - NOW))
    expect([...times]).toEqual(
      Array.from({ length: Math.floor(7_000 / every) }, (_, index) => (index + 1) * every),
    )
  })

  it('tell the price of REST, and the rate that will be settled, and when', async () => {
    await using simulator = await startSimulator(market())
    await using client = await StreamClient.open(
      `${simulator.wsUrl}/market/ws/btcusdt@markPrice@1s/myxusdt@markPrice@1s`,
    )
    const told: unknown[] = []
    for (let step = 0; step < 12; step += 1) {
      simulator.advance(HOUR)
      for (const symbol of ['BTCUSDT', 'MYXUSDT']) {
        const { text } = await ask(`${simulator.restUrl}/fapi/v1/premiumIndex`, { symbol })
        const { markPrice, nextFundingTime } = JSON.parse(text)
        told.push([symbol, markPrice, nextFundingTime])
      }
    }
    const frames = await client.frames()
    expect(frames.map(({ s, p, T }) => [s, p, T])).toEqual(told)
    expect(Object.keys(frames[0] ?? {})).toEqual(MARK_KEYS)
    simulator.advance(9 * HOUR)
    const settled = ['BTCUSDT', 'MYXUSDT'].flatMap((symbol) =>
      simulator.truth.funding(symbol, { from: NOW, to: NOW + 21 * HOUR }),
    )
    const rateOf = new Map(
      settled.map((row) => [`${row.symbol} ${Math.floor(row.fundingTime / MINUTE)}`, row.fundingRate]),
    )
    expect(frames.map(({ r }) => r)).toEqual(
      frames.map(({ s, T }) => rateOf.get(`${s} ${Math.floor(Number(T) / MINUTE)}`)),
    )
  })

  it('of all symbols come with coin-margined ones, those on other things in a message of their own', async () => {
    await using simulator = await startSimulator(market())
    await using client = await StreamClient.open(`${simulator.wsUrl}/market/ws/!markPrice@arr@1s`)
    simulator.advance(1_000)
    const lists = (await client.frames()).map((list) => [list].flat().map(({ s, st }) => `${s} ${st}`))
    expect(lists).toEqual([
      ['BTCUSDT 1', 'ETHUSDT 1', 'MYXUSDT 1', 'BTCUSD_PERP 2', 'ETHUSD_PERP 2'],
      ['XAUUSDT 1'],
    ])
  })
})

describe('liquidations', () => {
  const busy = market({ symbols: ['BTCUSDT', 'ETHUSDT'] })
  const window = { from: NOW, to: NOW + 24 * HOUR }
  const ordersIn = (frames: readonly Record<string, unknown>[], isUsd = true) =>
    frames.flatMap(({ e, E, o, ps, st }) => {
      const order: Record<string, unknown> = typeof o === 'object' && o !== null ? { ...o } : {}
      return e === 'forceOrder' && String(order.s).endsWith('USDT') === isUsd
        ? [{ ...order, E, outer: [ps, st] }]
        : []
    }) as readonly Record<string, unknown>[]
  const shown = (orders: readonly Record<string, unknown>[], symbol: string) =>
    orders
      .filter(({ s }) => s === symbol)
      .map(({ T, S, p, q }) => ({
        time: T,
        positionSide: S === 'SELL' ? 'long' : 'short',
        price: p,
        quantity: q,
      }))

  it('come in order, each about a second after its time and never before, as the truth has them', async () => {
    await using simulator = await startSimulator(busy)
    await using client = await StreamClient.open(`${simulator.wsUrl}/market/ws/!forceOrder@arr`)
    for (let step = 0; step < 24 * 60; step += 1) {
      simulator.advance(MINUTE)
      const frames = client.received.map(({ text }) => JSON.parse(text).E)
      expect(Math.max(0, ...frames)).toBeLessThanOrEqual(simulator.now())
    }
    simulator.advance(2_000)
    const orders = ordersIn(await client.frames())
    expect(orders.map(({ T }) => T)).toEqual(orders.map(({ T }) => Number(T)).toSorted((a, b) => a - b))
    expect(new Set(orders.map(({ E, T }) => Number(E) - Number(T)))).toEqual(new Set([1_005]))
    for (const symbol of ['BTCUSDT', 'ETHUSDT']) {
      const truth = simulator.truth.liquidationOrders(symbol, window)
      expect(truth.length).toBeGreaterThan(50)
      expect(shown(orders, symbol)).toEqual(truth)
    }
    const written = simulator.stream().orders
    expect(written.map(({ symbol, time }) => [symbol, time])).toEqual(orders.map(({ s, T }) => [s, T]))
    expect(new Set(written.map(({ connections }) => connections))).toEqual(new Set([1]))
  })

  it('have the form of the recorded frames', async () => {
    await using simulator = await startSimulator(busy)
    await using client = await StreamClient.open(`${simulator.wsUrl}/market/ws/btcusdt@forceOrder`)
    simulator.advance(24 * HOUR)
    const frames = await client.frames()
    const truth = simulator.truth.liquidationOrders('BTCUSDT', window)
    expect(shown(ordersIn(frames), 'BTCUSDT')).toEqual(truth)
    expect(frames[0]).toEqual({
      e: 'forceOrder',
      E: (truth[0]?.time ?? 0) + 1_005,
      o: {
        s: 'BTCUSDT',
        S: truth[0]?.positionSide === 'long' ? 'SELL' : 'BUY',
        o: 'LIMIT',
        f: 'IOC',
        q: truth[0]?.quantity,
        p: truth[0]?.price,
        ap: expect.stringMatching(/^\d+\.\d\d$/),
        X: 'FILLED',
        l: expect.stringMatching(/^\d+\.\d{3}$/),
        z: truth[0]?.quantity,
        T: truth[0]?.time,
        ps: 'BTCUSDT',
        st: 1,
      },
    })
  })

  it.each(['largest', 'latest'] as const)('are of a symbol and second only the %s', async (forceOrder) => {
    const crowded = createListing(
      { symbol: 'CROWDUSDT', basePrice: 10, firstCandle: NOW - 24 * HOUR },
      { minuteVolume: 1_000_000 },
    )
    const options = market({ symbols: [crowded], stream: { forceOrder }, seed: 5 })
    await using simulator = await startSimulator(options)
    simulator.advance(10 * 24 * HOUR)
    const days = { from: NOW, to: NOW + 9 * 24 * HOUR }
    const shownOrders = simulator.truth.liquidationOrders('CROWDUSDT', days)
    const seconds = shownOrders.map(({ time }) => Math.floor(time / 1_000))
    expect(new Set(seconds).size).toBe(seconds.length)
    // What Coinalyze tells stays the sum of all of them.
    const sums = simulator.truth.liquidations('CROWDUSDT', days)
    const total = sums.reduce((sum, { long, short }) => sum + Number(long) + Number(short), 0)
    const sample = shownOrders.reduce((sum, { quantity }) => sum + Number(quantity), 0)
    expect(sample).toBeLessThan(total)
    expect(sample).toBeGreaterThan(total * 0.8)
  })

  it('differ between the largest and the latest', async () => {
    const ofChoice = async (forceOrder: 'largest' | 'latest') => {
      await using simulator = await startSimulator(market({ symbols: ['BTCUSDT'], stream: { forceOrder } }))
      simulator.advance(60 * 24 * HOUR)
      return simulator.truth.liquidationOrders('BTCUSDT', { from: NOW, to: NOW + 60 * 24 * HOUR })
    }
    const [largest, latest] = [await ofChoice('largest'), await ofChoice('latest')]
    const differing = latest.flatMap((order, index) => {
      const other = largest[index]
      return other && other.time !== order.time ? [[other, order] as const] : []
    })
    expect(largest.length).toBe(latest.length)
    expect(differing.length).toBeGreaterThan(0)
    for (const [large, late] of differing) {
      expect(Math.floor(large.time / 1_000)).toBe(Math.floor(late.time / 1_000))
      expect(large.time).toBeLessThan(late.time)
      expect(Number(large.quantity)).toBeGreaterThanOrEqual(Number(late.quantity))
    }
  })

  it.each([
    ['inside', (symbol: string) => ({ inner: [symbol, 1], outer: [undefined, undefined] }), true],
    ['beside', (symbol: string) => ({ inner: [undefined, undefined], outer: [symbol, 1] }), true],
    ['absent', () => ({ inner: [undefined, undefined], outer: [undefined, undefined] }), false],
  ] as const)(
    'tell their market %s, and coin-margined ones come with it',
    async (forceOrderTags, expected, hasForeign) => {
      await using simulator = await startSimulator({ ...busy, stream: { ...busy.stream, forceOrderTags } })
      await using client = await StreamClient.open(`${simulator.wsUrl}/market/ws/!forceOrder@arr`)
      simulator.advance(24 * HOUR)
      const frames = await client.frames()
      for (const { s, ps, st, outer } of ordersIn(frames))
        expect({ inner: [ps, st], outer }).toEqual(expected(String(s)))
      const foreign = ordersIn(frames, false)
      expect(new Set(foreign.map(({ s }) => s))).toEqual(
        new Set(hasForeign ? ['BTCUSD_PERP', 'ETHUSD_PERP'] : []),
      )
      expect(new Set(foreign.map(({ st, outer }) => st ?? [outer].flat()[1]))).toEqual(
        new Set(hasForeign ? [2] : []),
      )
      expect(simulator.stream().orders.every(({ symbol }) => symbol.endsWith('USDT'))).toBe(true)
    },
  )
})

describe('open interest of the moment', () => {
  it('is what the history tells later, for a weight of 1', async () => {
    await using simulator = await startSimulator(market())
    const reply = await ask(`${simulator.restUrl}/fapi/v1/openInterest`, { symbol: 'BTCUSDT' })
    expect(reply.headers['x-mbx-used-weight-1m']).toBe('1')
    const { symbol, openInterest, time } = JSON.parse(reply.text)
    expect([symbol, time]).toEqual(['BTCUSDT', NOW])
    simulator.advance(10 * MINUTE)
    const [row] = simulator.truth.openInterest('BTCUSDT', { from: NOW, to: NOW + MINUTE })
    expect(row?.sumOpenInterest).toBe(`${openInterest}00000`)
  })

  it.each([
    [{}, -1102],
    [{ symbol: 'NOUSDT' }, -1121],
    [{ symbol: 'ETHUSDT' }, -1122],
  ] as const)('of %j is refused with %i', async (query, code) => {
    const listingChanges = [{ symbol: 'ETHUSDT', at: NOW, status: 'SETTLING' }] as const
    await using simulator = await startSimulator(market({ listingChanges }))
    const reply = await ask(`${simulator.restUrl}/fapi/v1/openInterest`, query)
    expect([reply.status, JSON.parse(reply.text).code]).toEqual([400, code])
  })
})
