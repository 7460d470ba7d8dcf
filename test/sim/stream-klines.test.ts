import { describe, expect, it } from 'vitest'
import { type BinanceSimulatorOptions, startBinanceSimulator } from '../../src/sim/binance/index.ts'
import { readKlines } from '../helpers/simulator.ts'
import { StreamClient, toRow } from '../helpers/stream-client.ts'

const NOW = Date.UTC(2026, 4, 3, 12)
const MINUTE = 60_000
const DAY = 1_440 * MINUTE
/** As late as a closed candle is told: that of the minute before is out already. */
const DELAY = 100
const market = (changes: BinanceSimulatorOptions = {}): BinanceSimulatorOptions => ({
  symbols: ['BTCUSDT', 'ETHUSDT', 'IOSTUSDT'],
  clock: { startAt: NOW + DELAY, rate: 0 },
  ...changes,
  stream: { messagesPerSecond: 1_000, maxAgeMs: 30 * DAY, ...changes.stream },
})

describe('the running candle', () => {
  it('is at each moment the one that REST tells', async () => {
    await using simulator = await startBinanceSimulator(market())
    await using client = await StreamClient.open(`${simulator.wsUrl}/market/ws/btcusdt@kline_1m`)
    const told: unknown[] = []
    for (const step of [5_000, 20_000, 20_000, 14_000]) {
      simulator.advance(step)
      told.push((await readKlines(simulator, { symbol: 'BTCUSDT', limit: 1 }))[0])
    }
    const frames = await client.klines()
    expect(frames.map(toRow)).toEqual(told)
    expect(frames.map(({ E, k }) => [E - NOW - DELAY, k.t, k.x, k.L - k.f + 1 - k.n])).toEqual([
      [5_000, NOW, false, 0],
      [25_000, NOW, false, 0],
      [45_000, NOW, false, 0],
      [59_000, NOW, false, 0],
    ])
  })

  it('is told each 250 ms of venue time, and never before the one that has ended', async () => {
    await using simulator = await startBinanceSimulator(market({ clock: { startAt: NOW - 1_000, rate: 0 } }))
    await using client = await StreamClient.open(`${simulator.wsUrl}/market/ws/btcusdt@kline_1m`)
    for (let step = 0; step < 40; step += 1) simulator.advance(50)
    const frames = await client.klines()
    expect(frames.map(({ E, k }) => [E - NOW, k.x])).toEqual([
      [-950, false],
      [-750, false],
      [-500, false],
      [-250, false],
      [100, true],
      [150, false],
      [250, false],
      [500, false],
      [750, false],
      [1_000, false],
    ])
  })

  it('is told as seldom as asked for', async () => {
    await using simulator = await startBinanceSimulator(market({ stream: { klinePushMs: 2_000 } }))
    await using client = await StreamClient.open(`${simulator.wsUrl}/market/ws/btcusdt@kline_1m`)
    for (let step = 0; step < 70; step += 1) simulator.advance(100)
    expect((await client.klines()).map(({ E }) => E - NOW)).toEqual([200, 2_000, 4_000, 6_000])
  })

  it('comes by itself in real time', async () => {
    const clock = { startAt: NOW + 1_000, rate: 1 }
    await using simulator = await startBinanceSimulator(market({ clock }))
    await using client = await StreamClient.open(`${simulator.wsUrl}/market/ws/btcusdt@kline_1m`)
    await expect.poll(() => client.received.length, { timeout: 120_000 }).toBeGreaterThanOrEqual(5)
    const times = (await client.klines()).map(({ E }) => E)
    const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    expect(Math.min(...steps)).toBeGreaterThan(100)
    expect((Math.max(...times) - Math.min(...times)) / steps.length).toBeLessThan(500)
  })
})

describe('the closed candle', () => {
  it('comes once for each minute, in order, however far the clock jumps, as REST has it', async () => {
    await using simulator = await startBinanceSimulator(market())
    await using client = await StreamClient.open(
      `${simulator.wsUrl}/market/ws/btcusdt@kline_1m/iostusdt@kline_1m`,
    )
    simulator.advance(30_000)
    simulator.advance(7 * MINUTE)
    simulator.advance(DAY)
    const closes = await client.closes()
    expect(closes.map(({ E }) => E)).toEqual(closes.map(({ E }) => E).toSorted((a, b) => a - b))
    expect(new Set(closes.map(({ E, k }) => E - k.t))).toEqual(new Set([MINUTE + 100]))
    for (const symbol of ['BTCUSDT', 'IOSTUSDT']) {
      const truth = simulator.truth.candles(symbol, { from: NOW, to: NOW + 7 * MINUTE + DAY })
      expect(truth).toHaveLength(1_447)
      expect(closes.filter(({ s }) => s === symbol).map(toRow)).toEqual(truth)
    }
  })

  it('comes for a minute without trades, with no numbers of trades', async () => {
    await using simulator = await startBinanceSimulator(market())
    await using client = await StreamClient.open(`${simulator.wsUrl}/market/ws/iostusdt@kline_1m`)
    simulator.advance(60 * MINUTE)
    const quiet = (await client.closes()).filter(({ k }) => k.n === 0)
    expect(quiet.length).toBeGreaterThan(10)
    expect(new Set(quiet.map(({ k }) => `${k.f} ${k.L} ${Number(k.v)}`))).toEqual(new Set(['-1 -1 0']))
  })

  it('does not come for such a minute where told so', async () => {
    const stream = { closesQuietMinutes: false }
    await using simulator = await startBinanceSimulator(market({ stream }))
    await using client = await StreamClient.open(`${simulator.wsUrl}/market/ws/iostusdt@kline_1m`)
    simulator.advance(60 * MINUTE)
    const truth = simulator.truth.candles('IOSTUSDT', { from: NOW, to: NOW + 60 * MINUTE })
    const traded = truth.filter((row) => row[8] > 0)
    expect(traded.length).toBeLessThan(truth.length)
    expect((await client.closes()).map(toRow)).toEqual(traded)
  })

  it('does not come for a minute that the venue never had, and comes as corrected by then', async () => {
    const hole = { from: NOW + 2 * MINUTE, to: NOW + 4 * MINUTE }
    const changed = { symbol: 'BTCUSDT', openTime: NOW + 5 * MINUTE, values: { volume: '1.000' } }
    const revised = { symbol: 'BTCUSDT', openTime: NOW + 6 * MINUTE, values: { volume: '2.000' } }
    await using simulator = await startBinanceSimulator(
      market({
        permanentHoles: { BTCUSDT: [hole] },
        corrections: [
          { ...changed, at: NOW + 5 * MINUTE },
          { ...revised, at: NOW + 30 * MINUTE },
        ],
      }),
    )
    const first = simulator.truth.candles('BTCUSDT', { from: NOW, to: NOW + 10 * MINUTE })
    expect(first).toEqual([])
    await using client = await StreamClient.open(`${simulator.wsUrl}/market/ws/btcusdt@kline_1m`)
    simulator.advance(10 * MINUTE)
    const truth = simulator.truth.candles('BTCUSDT', { from: NOW, to: NOW + 10 * MINUTE })
    const closes = await client.closes()
    expect(closes.map(toRow)).toEqual(truth)
    expect(closes.map(({ k }) => (k.t - NOW) / MINUTE)).toEqual([0, 1, 4, 5, 6, 7, 8, 9])
    expect(closes[3]?.k.v).toBe('1.000')
    expect(closes[4]?.k.v).not.toBe('2.000')
  })

  it('comes to whoever has subscribed by then, and to all of them', async () => {
    await using simulator = await startBinanceSimulator(market())
    await using early = await StreamClient.open(`${simulator.wsUrl}/market/ws/btcusdt@kline_1m`)
    simulator.advance(MINUTE)
    await using late = await StreamClient.open(`${simulator.wsUrl}/market/ws`)
    await late.command('SUBSCRIBE', ['btcusdt@kline_1m'])
    simulator.advance(MINUTE)
    const minutesOf = async (client: StreamClient) =>
      (await client.closes()).map(({ k }) => (k.t - NOW) / MINUTE)
    expect(await minutesOf(early)).toEqual([0, 1])
    expect(await minutesOf(late)).toEqual([1])
    const frames = (await early.frames()).length + (await late.frames()).length
    expect(simulator.stream().sent).toBe(frames)
  })

  it('comes for each minute at 1,440 times real time', async () => {
    await using simulator = await startBinanceSimulator(market({ clock: { startAt: NOW, rate: 1_440 } }))
    const names = ['btcusdt', 'ethusdt', 'iostusdt'].map((name) => `${name}@kline_1m`)
    await using client = await StreamClient.open(`${simulator.wsUrl}/market/ws/${names.join('/')}`)
    await expect
      .poll(() => simulator.now() - NOW, { timeout: 120_000, interval: 100 })
      .toBeGreaterThan(120 * MINUTE)
    const closes = await client.closes()
    for (const symbol of ['BTCUSDT', 'ETHUSDT', 'IOSTUSDT']) {
      const own = closes.filter(({ s }) => s === symbol)
      expect(own.length).toBeGreaterThan(100)
      const from = own[0]?.k.t ?? 0
      expect(from - NOW).toBeLessThan(30 * MINUTE)
      const to = (own.at(-1)?.k.t ?? 0) + MINUTE
      expect(own.map(toRow)).toEqual(simulator.truth.candles(symbol, { from, to }))
    }
    // Of the running candles not more than one in 20 real milliseconds: 28.8 s of venue time.
    const running = (await client.klines()).filter(({ s, k }) => s === 'BTCUSDT' && !k.x)
    expect(running.length).toBeLessThan((simulator.now() - NOW) / 15_000)
    expect(simulator.stream().violations).toEqual({
      messages: 0,
      streams: 0,
      invalid: 0,
      age: 0,
      pong: 0,
      slow: 0,
    })
  })
})
