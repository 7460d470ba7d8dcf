import { describe, expect, it } from 'vitest'
import { type LiquidationMarket, LiquidationOrders } from '../../src/sim/core/liquidation-orders.ts'
import { formatPlain, Liquidations } from '../../src/sim/core/liquidations.ts'
import { startSimulator } from '../../src/sim/index.ts'
import { hashOf } from '../helpers/simulator.ts'

const MINUTE = 60_000
const DAY = 1_440 * MINUTE
const NOW = Date.UTC(2026, 4, 3, 12)
const SINCE = NOW - 20 * DAY

/** 5.00 to 6.00 in steps of 0.05, falling in even minutes and rising in odd ones. */
const createMarket = (changes: Partial<LiquidationMarket> = {}): LiquidationMarket => ({
  symbol: 'AUSDT',
  priceDecimals: 2,
  tickUnits: 5,
  sizeDecimals: 1,
  activity: 1,
  since: SINCE,
  candle: (openTime) => {
    const isFalling = (openTime / MINUTE) % 2 === 0
    return {
      open: isFalling ? 590 : 510,
      high: 600,
      low: 500,
      close: isFalling ? 510 : 590,
      volume: 10_000,
    }
  },
  ...changes,
})

const ordersOf = (market: LiquidationMarket, seed = 'a') =>
  new Liquidations(seed, () => market).orders(market.symbol, { from: SINCE, to: NOW })

describe('liquidation orders', () => {
  it('are a function of seed, symbol and minute', () => {
    const orders = ordersOf(createMarket())
    expect(hashOf(ordersOf(createMarket()))).toBe(hashOf(orders))
    expect(hashOf(ordersOf(createMarket(), 'b'))).not.toBe(hashOf(orders))
    expect(hashOf(ordersOf(createMarket({ symbol: 'BUSDT' })))).not.toBe(hashOf(orders))
    const alone = new LiquidationOrders('a', createMarket())
    const some = orders[100]
    const openTime = Math.floor((some?.time ?? 0) / MINUTE) * MINUTE
    expect(alone.at(openTime)).toContainEqual(some)
  })

  it('lie in their minute, on the price grid of its candle, with modest sizes', () => {
    const source = new LiquidationOrders('a', createMarket())
    const counts = new Set<number>()
    for (let openTime = SINCE; openTime < SINCE + 5 * DAY; openTime += MINUTE) {
      const orders = source.at(openTime)
      counts.add(orders.length)
      expect(orders.map(({ time }) => time)).toEqual(orders.map(({ time }) => time).toSorted((a, b) => a - b))
      expect(orders.reduce((sum, { sizeUnits }) => sum + sizeUnits, 0)).toBeLessThanOrEqual(1_000)
      for (const order of orders) {
        expect(order.time - openTime).toSatisfy((ms: number) => ms >= 0 && ms < MINUTE)
        expect(order.priceUnits).toSatisfy((units: number) => units >= 500 && units <= 600 && units % 5 === 0)
        expect(order.price).toBe((order.priceUnits / 100).toFixed(2))
        expect(order.sizeUnits).toBeGreaterThan(0)
        expect(order.quantity).toBe((order.sizeUnits / 10).toFixed(1))
      }
    }
    expect([...counts].toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('close the positions that the candle goes against', () => {
    const orders = ordersOf(createMarket())
    const inMinutes = (rest: number) => orders.filter(({ time }) => Math.floor(time / MINUTE) % 2 === rest)
    for (const [rest, side] of [
      [0, 'long'],
      [1, 'short'],
    ] as const) {
      const all = inMinutes(rest)
      const share = all.filter(({ positionSide }) => positionSide === side).length / all.length
      expect(share).toSatisfy((value: number) => value > 0.75 && value < 0.95)
    }
  })

  it('need a candle with volume', () => {
    expect(ordersOf(createMarket({ candle: () => undefined }))).toEqual([])
    const flat = { open: 500, high: 500, low: 500, close: 500, volume: 9 }
    expect(ordersOf(createMarket({ candle: () => flat }))).toEqual([])
    const few = ordersOf(createMarket({ candle: () => ({ ...flat, volume: 10 }) }))
    expect(few.length).toBeGreaterThan(0)
    expect(new Set(few.map(({ price, quantity }) => `${price} ${quantity}`))).toEqual(new Set(['5.00 0.1']))
  })

  it('do not reach back before the first candle, nor to unknown symbols', () => {
    const liquidations = new Liquidations('a', (symbol) =>
      symbol === 'AUSDT' ? createMarket({ since: NOW - MINUTE }) : undefined,
    )
    expect(liquidations.orders('BUSDT', { from: SINCE, to: NOW })).toEqual([])
    expect(liquidations.minutes('BUSDT', { from: 0, to: NOW })).toEqual([])
    expect(liquidations.orders('AUSDT', { from: 0, to: NOW + DAY }).at(0)?.time).toBeGreaterThanOrEqual(
      NOW - MINUTE,
    )
  })
})

describe('the minutes of liquidations', () => {
  it('sum the orders, side by side, whatever the window', () => {
    const liquidations = new Liquidations('a', () => createMarket())
    const window = { from: SINCE + 5 * MINUTE, to: SINCE + 2 * DAY + 7 * MINUTE }
    const sums = new Map<number, { long: number; short: number; longQuote: number; shortQuote: number }>()
    for (const { time, positionSide, sizeUnits, priceUnits } of liquidations.orders('AUSDT', window)) {
      const openTime = Math.floor(time / MINUTE) * MINUTE
      const sum = sums.get(openTime) ?? { long: 0, short: 0, longQuote: 0, shortQuote: 0 }
      sum[positionSide] += sizeUnits
      sum[`${positionSide}Quote`] += sizeUnits * priceUnits
      sums.set(openTime, sum)
    }
    const expected = [...sums].map(([openTime, sum]) => ({ openTime, ...sum }))
    expect(expected.length).toBeGreaterThan(50)
    expect(liquidations.minutes('AUSDT', window)).toEqual(expected)
  })

  it('are 3 to 25 % of a typical symbol, far fewer of a quiet one, and some in a row', async () => {
    await using simulator = await startSimulator({ clock: { startAt: NOW, rate: 0 } })
    const share = (symbol: string): number =>
      simulator.truth.liquidations(symbol, { from: SINCE, to: NOW }).length / (20 * 1_440)
    const isTypical = (value: number): boolean => value >= 0.03 && value <= 0.25
    for (const symbol of ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', '1000PEPEUSDT', 'SUIUSDT'])
      expect(share(symbol)).toSatisfy(isTypical)
    for (const symbol of ['BATUSDT', 'IOSTUSDT'])
      expect(share(symbol)).toSatisfy((value: number) => value > 0 && value < 0.02)
    const times = simulator.truth.liquidations('BTCUSDT', { from: SINCE, to: NOW }).map(({ t }) => t)
    const isBurst = (at: number): boolean =>
      (times[at + 11] ?? Number.POSITIVE_INFINITY) - (times[at] ?? 0) < 16 * MINUTE
    expect(times.some((_, at) => isBurst(at))).toBe(true)
  })

  it('are told as plain decimals', () => {
    expect([formatPlain(0, 3), formatPlain(12_500, 3), formatPlain(3_000, 3), formatPlain(100, 0)]).toEqual([
      '0',
      '12.5',
      '3',
      '100',
    ])
    expect(formatPlain(1, 8)).toBe('0.00000001')
  })
})
