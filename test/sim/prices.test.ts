import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MINUTE } from '../../src/lib/model/window.ts'
import { type BinanceSimulator, type KlineRow, startBinanceSimulator } from '../../src/sim/binance/index.ts'
import { candleKey, readLines, toLines } from '../helpers/archive.ts'
import { ask, type Parameters } from '../helpers/simulator.ts'

const OPEN_MINUTE = Date.UTC(2026, 4, 3, 12)
const NOW = OPEN_MINUTE + 30_000
const KINDS = ['mark', 'index', 'premium'] as const
const ENDPOINTS = {
  mark: 'markPriceKlines',
  index: 'indexPriceKlines',
  premium: 'premiumIndexKlines',
} as const
type Kind = (typeof KINDS)[number]

let simulator: BinanceSimulator
beforeAll(async () => {
  simulator = await startBinanceSimulator({ clock: { startAt: NOW, rate: 0 }, seed: 7 })
})
afterAll(() => simulator.close())

const askPrices = (kind: Kind, parameters: Parameters = {}, venue = simulator) =>
  ask(`${venue.restUrl}/fapi/v1/${ENDPOINTS[kind]}`, {
    [kind === 'index' ? 'pair' : 'symbol']: 'BTCUSDT',
    interval: '1m',
    ...parameters,
  })

async function readPrices(kind: Kind, parameters?: Parameters, venue = simulator): Promise<KlineRow[]> {
  const { status, text } = await askPrices(kind, parameters, venue)
  if (status !== 200) throw new Error(`${status} ${text}`)
  return JSON.parse(text)
}

describe.each(KINDS)('the %s', (kind) => {
  it('comes in pages that are the truth together, in the form of candles', async () => {
    const window = { from: OPEN_MINUTE - 1_000 * MINUTE, to: OPEN_MINUTE }
    const pages: KlineRow[] = []
    for (let startTime = window.from; startTime < window.to; startTime += 400 * MINUTE) {
      const endTime = Math.min(startTime + 400 * MINUTE, window.to) - 1
      pages.push(...(await readPrices(kind, { startTime, endTime, limit: 400 })))
    }
    expect(pages).toEqual(simulator.truth.prices(kind, 'BTCUSDT', window))
    expect(pages.map(([openTime]) => openTime)).toEqual(
      Array.from({ length: 1_000 }, (_, minute) => window.from + minute * MINUTE),
    )
    for (const [openTime, open, high, low, close, ...rest] of pages) {
      const samples = kind === 'premium' ? 12 : 60
      expect(rest).toEqual(['0', openTime + 59_999, '0', samples, '0', '0', '0'])
      for (const price of [open, high, low, close]) expect(price).toMatch(/^-?\d+\.\d{8}$/)
      expect(Math.max(Number(open), Number(close))).toBeLessThanOrEqual(Number(high))
      expect(Math.min(Number(open), Number(close))).toBeGreaterThanOrEqual(Number(low))
    }
  })

  it('weighs what candles weigh, and is open in the minute that runs', async () => {
    await using venue = await startBinanceSimulator({ clock: { startAt: NOW, rate: 0 } })
    const used: unknown[] = []
    for (const limit of [99, 499, 1_000, 1_500])
      used.push((await askPrices(kind, { limit }, venue)).headers['x-mbx-used-weight-1m'])
    expect(used).toEqual(['1', '3', '8', '18'])
    const [row] = await readPrices(kind, { limit: 1 })
    expect([row?.[0], row?.[8]]).toEqual([OPEN_MINUTE, kind === 'premium' ? 6 : 30])
    expect((await askPrices(kind, { limit: 1_501 })).status).toBe(400)
  })

  it('begins when the venue began to tell it', async () => {
    const origin = kind === 'premium' ? Date.UTC(2019, 11, 24, 3) : Date.UTC(2019, 11, 23, 11)
    const [row] = await readPrices(kind, { startTime: 0, limit: 1 })
    expect(row?.[0]).toBe(origin)
  })

  it('is another one with another seed, and misses no fault', async () => {
    await using other = await startBinanceSimulator({ clock: { startAt: NOW, rate: 0 }, seed: 8 })
    const page = { startTime: OPEN_MINUTE - 10 * MINUTE, endTime: OPEN_MINUTE - 1, limit: 10 }
    expect(await readPrices(kind, page, other)).not.toEqual(await readPrices(kind, page))
    other.setFaults([{ kind: 'hole', symbol: 'BTCUSDT', path: ENDPOINTS[kind] }])
    expect(await readPrices(kind, page, other)).toHaveLength(9)
  })

  it('makes longer candles of its minutes', async () => {
    const startTime = OPEN_MINUTE - 60 * MINUTE
    const minutes = simulator.truth.prices(kind, 'BTCUSDT', { from: startTime, to: startTime + 5 * MINUTE })
    const [row] = await readPrices(kind, { interval: '5m', startTime, limit: 1 })
    const highest = Math.max(...minutes.map(([, , high]) => Number(high)))
    expect([row?.[1], Number(row?.[2]), row?.[4]]).toEqual([minutes[0]?.[1], highest, minutes[4]?.[4]])
  })
})

describe('prices', () => {
  it('lie near the candle, the premium near nothing', () => {
    const window = { from: OPEN_MINUTE - 500 * MINUTE, to: OPEN_MINUTE }
    const candles = simulator.truth.candles('ETHUSDT', window)
    for (const kind of ['mark', 'index'] as const) {
      const rows = simulator.truth.prices(kind, 'ETHUSDT', window)
      for (const [index, row] of rows.entries())
        expect(Math.abs(Number(row[4]) / Number(candles[index]?.[4]) - 1)).toBeLessThan(0.000_201)
    }
    const premiums = simulator.truth.prices('premium', 'ETHUSDT', window).map((row) => Number(row[4]))
    expect(Math.max(...premiums.map(Math.abs))).toBeLessThan(0.001)
    expect(premiums.some((value) => value < 0) && premiums.some((value) => value > 0)).toBe(true)
  })

  it('of the index are asked by pair, which a contract with a delivery date is not', async () => {
    const url = `${simulator.restUrl}/fapi/v1/indexPriceKlines`
    expect((await ask(url, { symbol: 'BTCUSDT', interval: '1m' })).status).toBe(400)
    const quarterly = await ask(url, { pair: 'BTCUSDT_260626', interval: '1m' })
    expect([quarterly.status, quarterly.text]).toEqual([400, '{"code":-1121,"msg":"Invalid pair."}'])
    expect(await readPrices('mark', { symbol: 'BTCUSDT_260626', limit: 2 })).toHaveLength(2)
  })

  it('are missing in an outage, in which the candles are flat, by the API and in the archive', async () => {
    const from = Date.UTC(2026, 3, 10, 3, 50)
    const outage = { from, to: from + 20 * MINUTE }
    const own = { from: outage.to + MINUTE, to: outage.to + 3 * MINUTE }
    await using venue = await startBinanceSimulator({
      clock: { startAt: NOW, rate: 0 },
      seed: 7,
      outages: { BTCUSDT: [outage] },
      priceHoles: { BTCUSDT: [own] },
    })
    const day = { from: Date.UTC(2026, 3, 10), to: Date.UTC(2026, 3, 11) }
    const before = simulator.truth.candles('BTCUSDT', day)
    const after = venue.truth.candles('BTCUSDT', day)
    const price = before[230]?.[1] ?? ''
    const isOut = ([openTime]: KlineRow): boolean => openTime >= outage.from && openTime < outage.to
    expect(after).toEqual(
      before.map((row) =>
        isOut(row)
          ? [row[0], price, price, price, price, '0.000', row[6], '0.00000', 0, '0.000', '0.00000', '0']
          : row,
      ),
    )
    expect(await readLines(venue, candleKey('BTCUSDT', '2026-04-10'))).toEqual(toLines(after))
    const marks = venue.truth.prices('mark', 'BTCUSDT', day)
    expect(marks).toHaveLength(1_440 - 20 - 2)
    expect(await readLines(venue, candleKey('BTCUSDT', '2026-04-10', 'markPriceKlines'))).toEqual(
      toLines(marks),
    )
    const page = { startTime: outage.from - 2 * MINUTE, limit: 4 }
    expect((await readPrices('mark', page, venue)).map(([openTime]) => (openTime - from) / MINUTE)).toEqual([
      -2, -1, 20, 23,
    ])
  })
})
