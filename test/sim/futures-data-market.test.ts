import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type BinanceSimulator,
  type FuturesDataEndpoint,
  type OpenInterestRow,
  type RatioRow,
  startBinanceSimulator,
} from '../../src/sim/binance/index.ts'
import {
  DAY,
  frozen,
  gridTo,
  HOUR,
  MINUTE,
  NOW,
  readStatistic,
  SNAPSHOTS,
  STEP,
  TIP,
  timesOf,
} from '../helpers/futures-data.ts'
import { ask, hashOf, type Parameters } from '../helpers/simulator.ts'

let simulator: BinanceSimulator
beforeAll(async () => {
  simulator = await startBinanceSimulator(frozen)
})
afterAll(() => simulator.close())

const read = <E extends FuturesDataEndpoint>(endpoint: E, parameters: Parameters = {}, venue = simulator) =>
  readStatistic(venue, endpoint, parameters)

/** In units of the twelfth decimal. */
function exact(text: string): bigint {
  const [whole = '', decimals = ''] = text.split('.')
  return BigInt(whole + decimals.padEnd(12, '0'))
}
const UNIT = exact('1')

/** Taker volumes of the candles in `[from, to)`, exact. */
function takersOf(
  symbol: string,
  from: number,
  to: number,
  venue = simulator,
): { buy: bigint; sell: bigint } {
  const candles = venue.truth.candles(symbol, { from, to })
  const buy = candles.reduce((sum, row) => sum + exact(row[9]), 0n)
  return { buy, sell: candles.reduce((sum, row) => sum + exact(row[5]), 0n) - buy }
}

describe('the market of the statistics', () => {
  it('values open interest at the mark price of its instant', async () => {
    for (const symbol of ['BTCUSDT', 'IOSTUSDT', '1000PEPEUSDT']) {
      const rows = await read('openInterestHist', { symbol, limit: 500 })
      expect(rows).toHaveLength(500)
      for (const row of rows) {
        const at = Number(row.timestamp)
        const [candle] = simulator.truth.candles(symbol, { from: at, to: at + MINUTE })
        expect(exact(row.sumOpenInterestValue) * UNIT).toBe(
          exact(row.sumOpenInterest) * exact(candle?.[1] ?? ''),
        )
      }
      expect(new Set(rows.map((row) => row.sumOpenInterest)).size).toBeGreaterThan(400)
    }
    await using then = await startBinanceSimulator({ ...frozen, clock: { startAt: TIP, rate: 0 } })
    const index = JSON.parse((await ask(`${then.restUrl}/fapi/v1/premiumIndex`, { symbol: 'ETHUSDT' })).text)
    const [row] = await read('openInterestHist', { symbol: 'ETHUSDT', limit: 1 })
    expect(row?.timestamp).toBe(TIP)
    expect(exact(row?.sumOpenInterestValue ?? '') * UNIT).toBe(
      exact(row?.sumOpenInterest ?? '') * exact(index.markPrice),
    )
  })

  it('splits accounts and positions into two shares, and their ratio', async () => {
    for (const endpoint of SNAPSHOTS.slice(1)) {
      const rows = (await read(endpoint, { limit: 500 })) as RatioRow[]
      for (const { longShortRatio, longAccount, shortAccount } of rows) {
        expect(exact(longAccount) + exact(shortAccount)).toBe(UNIT)
        expect(longShortRatio).toBe((Number(longAccount) / Number(shortAccount)).toFixed(4))
      }
      expect(new Set(rows.map((row) => row.longAccount)).size).toBeGreaterThan(20)
    }
    const kinds = await Promise.all(SNAPSHOTS.slice(1).map((endpoint) => read(endpoint, { limit: 100 })))
    expect(new Set(kinds.map(hashOf)).size).toBe(3)
  })

  it.each([
    ['5m', STEP],
    ['1h', HOUR],
    ['12h', 12 * HOUR],
    ['1d', DAY],
  ])('sums up the takers’ volumes of each %s', async (period, step) => {
    for (const symbol of ['BTCUSDT', 'IOSTUSDT']) {
      const rows = await read('takerlongshortRatio', { symbol, period, limit: 20 })
      expect(rows).toHaveLength(20)
      for (const { timestamp, buyVol, sellVol, buySellRatio } of rows) {
        const from = Number(timestamp)
        const { buy, sell } = takersOf(symbol, from, from + step)
        expect([exact(buyVol), exact(sellVol)]).toEqual([buy, sell])
        const rounded = sell === 0n ? 0n : (buy * 20_000n + sell) / (2n * sell)
        expect(exact(buySellRatio)).toBe((rounded * UNIT) / 10_000n)
      }
    }
  })

  it('has the same rows for every window in any order, and a snapshot in every period', async () => {
    const window = { from: TIP - 2 * DAY, to: TIP - DAY }
    await using other = await startBinanceSimulator(frozen)
    const pages: OpenInterestRow[][] = []
    for (let end = window.to; end > window.from; end -= 36 * STEP) {
      const range = { startTime: end - 36 * STEP, endTime: end - 1, limit: 36 }
      pages.unshift(await read('openInterestHist', range, other))
      expect(await read('takerlongshortRatio', range, other)).toEqual(
        await read('takerlongshortRatio', range),
      )
    }
    const truth = simulator.truth.openInterest('BTCUSDT', window)
    expect(truth).toHaveLength(288)
    expect(pages.flat()).toEqual(truth)
    const hours = await read('openInterestHist', {
      period: '1h',
      startTime: window.from,
      endTime: window.to - 1,
    })
    expect(hours).toEqual(truth.filter((row) => Number(row.timestamp) % HOUR === 0))
    await using seeded = await startBinanceSimulator({ ...frozen, seed: 8 })
    expect(seeded.truth.openInterest('BTCUSDT', window)).not.toEqual(truth)
  })

  it('follows a candle that is corrected in its flow, but not in its snapshot', async () => {
    const openTime = TIP - HOUR
    await using other = await startBinanceSimulator({
      ...frozen,
      corrections: [
        {
          symbol: 'BTCUSDT',
          openTime,
          at: NOW + MINUTE,
          values: { open: '1.00', volume: '50.00012', takerBuyVolume: '20.00001' },
        },
      ],
    })
    const range = { startTime: openTime, endTime: openTime }
    const before = await read('takerlongshortRatio', range, other)
    expect(before).toEqual(await read('takerlongshortRatio', range))
    const snapshot = await read('openInterestHist', range, other)
    other.advance(MINUTE)
    const [after] = await read('takerlongshortRatio', range, other)
    expect(after?.buyVol).toMatch(/\d\.\d{4}1$/)
    const { buy, sell } = takersOf('BTCUSDT', openTime, openTime + STEP, other)
    expect([exact(after?.buyVol ?? ''), exact(after?.sellVol ?? '')]).toEqual([buy, sell])
    expect(await read('openInterestHist', range, other)).toEqual(snapshot)
  })

  it('takes minutes that the venue never had as they are', async () => {
    const at = TIP - HOUR
    await using other = await startBinanceSimulator({
      ...frozen,
      permanentHoles: { BTCUSDT: [{ from: at - 2 * MINUTE, to: at + 6 * MINUTE }] },
    })
    const range = { startTime: at - STEP, endTime: at + STEP }
    const flows = await read('takerlongshortRatio', range, other)
    expect(timesOf(flows)).toEqual([at - STEP, at + STEP])
    for (const { timestamp, buyVol } of flows) {
      const from = Number(timestamp)
      expect(exact(buyVol)).toBe(takersOf('BTCUSDT', from, from + STEP, other).buy)
      expect(exact(buyVol)).not.toBe(takersOf('BTCUSDT', from, from + STEP).buy)
    }
    const [, snapshot] = await read('openInterestHist', range, other)
    const [last] = other.truth.candles('BTCUSDT', { from: at - 3 * MINUTE, to: at })
    expect(snapshot?.timestamp).toBe(at)
    expect(exact(snapshot?.sumOpenInterestValue ?? '') * UNIT).toBe(
      exact(snapshot?.sumOpenInterest ?? '') * exact(last?.[4] ?? ''),
    )
  })
})

describe('a taker flow', () => {
  it('is labelled by the end of its period on demand', async () => {
    await using other = await startBinanceSimulator({ ...frozen, futuresData: { takerLabel: 'end' } })
    const byStart = await read('takerlongshortRatio', { limit: 3 })
    const byEnd = await read('takerlongshortRatio', { limit: 3 }, other)
    expect(byEnd).toEqual(byStart.map((row) => ({ ...row, timestamp: Number(row.timestamp) + STEP })))
    const range = { startTime: TIP - DAY, endTime: TIP - DAY + STEP }
    expect(timesOf(await read('takerlongshortRatio', range, other))).toEqual([TIP - DAY, TIP - DAY + STEP])
    const [hour] = await read('takerlongshortRatio', { period: '1h', limit: 1 }, other)
    expect(hour?.timestamp).toBe(TIP)
    expect(exact(hour?.buyVol ?? '')).toBe(takersOf('BTCUSDT', TIP - HOUR, TIP).buy)
    const window = { from: TIP - 3 * STEP, to: TIP }
    const truth = other.truth.takerVolume('BTCUSDT', window)
    expect(truth).toEqual(byEnd.map((row) => ({ ...row, start: Number(row.timestamp) - STEP })))
    expect(simulator.truth.takerVolume('BTCUSDT', window)).toEqual(
      byStart.map((row) => ({ ...row, start: row.timestamp })),
    )
    expect(await read('openInterestHist', {}, other)).toEqual(await read('openInterestHist'))
  })
})

describe('the truth', () => {
  it('is what the routes tell, of each kind', async () => {
    const window = { from: TIP - DAY, to: TIP - DAY + 10 * STEP }
    const range = { startTime: window.from, endTime: window.to - 1 }
    const { ratios } = simulator.truth
    expect(ratios('global-account', 'BTCUSDT', window)).toEqual(
      await read('globalLongShortAccountRatio', range),
    )
    expect(ratios('top-account', 'BTCUSDT', window)).toEqual(await read('topLongShortAccountRatio', range))
    expect(ratios('top-position', 'BTCUSDT', window)).toEqual(await read('topLongShortPositionRatio', range))
  })

  it('goes back to the first candle, and knows nothing of unknown symbols', () => {
    const first = Date.UTC(2019, 8, 8, 17)
    const window = { from: first - DAY, to: first + HOUR }
    expect(timesOf(simulator.truth.openInterest('BTCUSDT', window))).toEqual(gridTo(first + HOUR - STEP, 12))
    expect(timesOf(simulator.truth.takerVolume('BTCUSDT', window))).toEqual(gridTo(first + HOUR - STEP, 12))
    expect(simulator.truth.openInterest('FTTUSDT', window)).toEqual([])
    expect(simulator.truth.takerVolume('FTTUSDT', window)).toEqual([])
  })
})

describe('recorded candles', () => {
  const FROM = Date.UTC(2026, 1, 1)
  const line = (at: number, open: string, volume: string, taker: string): string => {
    const ts = FROM + at * MINUTE
    return `${ts},${open},10.3,10.0,10.2,${volume},${ts + 59_999},1,10,${taker},1,0`
  }
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'perpctl-statistics-'))
    const lines = [
      line(0, '10.1', '7', '3'),
      line(1, '10.1', '7.123456', '3.1'),
      line(2, '10.1', '5.5', '5.5'),
      line(5, '10.125', '4', '4.00'),
      line(7 * 60, '10.2', '1', '0'),
    ]
    writeFileSync(join(folder, 'AUSDT-1m-2026-02.csv'), lines.join('\n'))
    const six = [0, 1, 2, 3, 4, 5].map((at) => `${FROM + at * MINUTE},95505.4,95505.5,95502.7,95502.7,16.536`)
    writeFileSync(
      join(folder, 'BUSDT-1m-2026-02.csv'),
      `open_time_ms,open,high,low,close,volume\n${six.join('\n')}\n`,
    )
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('give their flow to the last digit, and their price', async () => {
    await using other = await startBinanceSimulator({
      dataFolder: folder,
      clock: { rate: 0 },
      hasLimits: false,
    })
    expect(await read('takerlongshortRatio', { symbol: 'AUSDT' }, other)).toEqual([
      { buySellRatio: '1.4458', buyVol: '11.600000', sellVol: '8.023456', timestamp: FROM },
      { buySellRatio: '0.0000', buyVol: '4.000000', sellVol: '0.000000', timestamp: FROM + STEP },
    ])
    const rows = await read('openInterestHist', { symbol: 'AUSDT', limit: 500 }, other)
    // An hour after the last candle the venue is taken to be gone, until the next one comes.
    expect(timesOf(rows)).toEqual([...gridTo(FROM + HOUR + STEP, 14), FROM + 7 * HOUR])
    const prices = rows.map((row) => (exact(row.sumOpenInterestValue) * UNIT) / exact(row.sumOpenInterest))
    expect(prices.slice(0, 3)).toEqual([exact('10.1'), exact('10.125'), exact('10.2')])
    expect(timesOf(other.truth.ratios('top-account', 'AUSDT', { from: 0, to: FROM + DAY }))).toEqual(
      timesOf(rows),
    )
  })

  it('that lack the taker split give the flow of the derived one', async () => {
    await using other = await startBinanceSimulator({
      dataFolder: folder,
      clock: { rate: 0 },
      hasLimits: false,
    })
    const [flow] = await read('takerlongshortRatio', { symbol: 'BUSDT' }, other)
    const { buy, sell } = takersOf('BUSDT', FROM, FROM + STEP, other)
    expect(flow?.timestamp).toBe(FROM)
    expect([exact(flow?.buyVol ?? ''), exact(flow?.sellVol ?? '')]).toEqual([buy, sell])
    expect(buy + sell).toBe(exact('82.68'))
    expect(other.stats().notes).toContain(
      'open interest and long/short ratios are made from a seed, not recorded',
    )
  })
})
