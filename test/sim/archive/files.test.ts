import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DAY, MINUTE } from '../../../src/lib/model/window.ts'
import { type BinanceSimulator, startBinanceSimulator } from '../../../src/sim/binance/index.ts'
import {
  candleKey,
  fetchKey,
  otherKey,
  readLines,
  sha256,
  toLines,
  unzip,
  unzipElsewhere,
} from '../../helpers/archive.ts'
import { hasRecorded, RECORDED, recordedCandles, WITHOUT_RECORDED } from '../../helpers/recorded.ts'

const NOW = Date.UTC(2026, 7, 10, 12)
const day = (text: string) => ({ from: Date.parse(text), to: Date.parse(text) + DAY })
const JUNE = { from: Date.UTC(2026, 5), to: Date.UTC(2026, 6) }

let simulator: BinanceSimulator
beforeAll(async () => {
  simulator = await startBinanceSimulator({ clock: { startAt: NOW, rate: 0 }, hasLimits: false, seed: 7 })
})
afterAll(() => simulator.close())

describe('a file of the archive', () => {
  it('holds the month that the API answers, row by row', async () => {
    const lines = await readLines(simulator, candleKey('BTCUSDT', '2026-06'))
    expect(lines).toHaveLength(30 * 1_440)
    expect(lines).toEqual(toLines(simulator.truth.candles('BTCUSDT', JUNE)))
  })

  it.each(['mark', 'index', 'premium'] as const)('holds the day of the %s', async (kind) => {
    const type = { mark: 'markPriceKlines', index: 'indexPriceKlines', premium: 'premiumIndexKlines' }[kind]
    const lines = await readLines(simulator, candleKey('IOSTUSDT', '2026-07-31', type))
    expect(lines).toHaveLength(1_440)
    expect(lines).toEqual(toLines(simulator.truth.prices(kind, 'IOSTUSDT', day('2026-07-31'))))
  })

  it('holds the settlements of a month, with their interval', async () => {
    const lines = await readLines(simulator, otherKey('TRBUSDT', '2026-06', 'fundingRate'))
    const rows = simulator.truth.funding('TRBUSDT', JUNE)
    expect(lines).toHaveLength(180)
    expect(lines).toEqual(rows.map(({ fundingTime, fundingRate }) => `${fundingTime},4,${fundingRate}`))
  })

  it('can be read elsewhere, has the checksum that lies beside it, and one deflated member without extras', async () => {
    for (const key of [
      candleKey('币安人生USDT', '2026-08-01'),
      otherKey('BTCUSDT', '2026-06', 'fundingRate'),
    ]) {
      const { bytes, headers } = await fetchKey(simulator, key)
      const name = key.slice(key.lastIndexOf('/') + 1)
      const { content, isSound } = unzip(bytes)
      expect(unzipElsewhere(bytes)).toEqual({ name: name.replace('.zip', '.csv'), content })
      expect(isSound).toBe(true)
      const checksum = await fetchKey(simulator, `${key}.CHECKSUM`)
      expect(checksum.bytes.toString()).toBe(`${sha256(bytes)}  ${name}`)
      // No descriptor, no extra field, deflate, the fixed time.
      expect(bytes.readUInt16LE(6) & ~0x0800).toBe(0)
      expect([bytes.readUInt16LE(28), bytes.readUInt16LE(8), bytes.readUInt16LE(10)]).toEqual([0, 8, 0])
      expect(headers.get('content-length')).toBe(String(bytes.byteLength))
    }
  })

  it('is the same bytes each time and at each start', async () => {
    const key = candleKey('ETHUSDT', '2026-07-04')
    const first = await fetchKey(simulator, key)
    await using other = await startBinanceSimulator({ clock: { startAt: NOW + DAY, rate: 0 }, seed: 7 })
    const second = await fetchKey(other, key)
    expect(second.bytes.equals(first.bytes)).toBe(true)
    expect(second.headers.get('etag')).toBe(first.headers.get('etag'))
    expect(first.headers.get('last-modified')).toBe('Sun, 05 Jul 2026 08:30:00 GMT')
  })

  it('keeps the first values of what was corrected after it came out', async () => {
    const openTime = Date.UTC(2026, 7, 1, 3)
    const correction = (at: number) => ({ symbol: 'BTCUSDT', openTime, at, values: { trades: '7' } })
    const tradesAt = async (at: number): Promise<string | undefined> => {
      const options = { clock: { startAt: NOW, rate: 0 }, corrections: [correction(at)] }
      await using venue = await startBinanceSimulator(options)
      expect(venue.truth.candles('BTCUSDT', { from: openTime, to: openTime + MINUTE })[0]?.[8]).toBe(7)
      return (await readLines(venue, candleKey('BTCUSDT', '2026-08-01')))[180]?.split(',')[8]
    }
    expect(await tradesAt(Date.UTC(2026, 7, 2, 1))).toBe('7')
    expect(await tradesAt(Date.UTC(2026, 7, 3))).not.toBe('7')
  })

  it.each([
    [candleKey('BTCUSDT', '2021-12'), false],
    [candleKey('BTCUSDT', '2022-01'), true],
    [candleKey('BTCUSDT', '2022-06-15'), false],
    [candleKey('BTCUSDT', '2023-01-01', 'markPriceKlines'), true],
    [otherKey('BTCUSDT', '2020-01', 'fundingRate'), true],
    [otherKey('BTCUSDT', '2020-09-01', 'metrics'), true],
  ])('%s has a header: %s', async (key, hasHeader) => {
    const { content } = unzip((await fetchKey(simulator, key)).bytes)
    expect(/^(?:open_time|calc_time|create_time),/.test(content)).toBe(hasHeader)
  })
})

describe('the metrics', () => {
  it.each([
    ['2026-06-24', '2026-06-24 00:05:00', '2026-06-25 00:00:00', 0],
    ['2026-06-25', '2026-06-25 00:00:00', '2026-06-25 23:55:00', 5 * MINUTE],
  ])('of %s are labelled from %s to %s', async (name, first, last, shift) => {
    const lines = await readLines(simulator, otherKey('ETHUSDT', name, 'metrics'))
    const cells = lines.map((line) => line.split(','))
    expect([cells[0]?.[0], cells.at(-1)?.[0], cells.length]).toEqual([first, last, 288])
    const from = Date.parse(name) + 5 * MINUTE
    const truth = simulator.truth.metrics('ETHUSDT', { from, to: from + DAY })
    expect(cells.map(([label = '']) => Date.parse(`${label}Z`) + shift)).toEqual(truth.map(({ at }) => at))
    expect(cells.map((row) => row.slice(2))).toEqual(
      truth.map((row) => [
        row.openInterest,
        row.openInterestValue,
        row.topAccountRatio,
        row.topPositionRatio,
        row.globalAccountRatio,
        row.takerRatio,
      ]),
    )
  })

  it('have the values of the API, ratios with more decimals of the same quotient', () => {
    const window = day('2026-08-01')
    const rows = simulator.truth.metrics('BTCUSDT', window)
    const interest = simulator.truth.openInterest('BTCUSDT', window)
    expect(rows).toHaveLength(288)
    expect(rows.map(({ openInterest }) => Number(openInterest))).toEqual(
      interest.map(({ sumOpenInterest }) => Number(sumOpenInterest)),
    )
    expect(rows.map(({ openInterestValue }) => Number(openInterestValue))).toEqual(
      interest.map(({ sumOpenInterestValue }) => Number(sumOpenInterestValue)),
    )
    for (const [kind, name] of [
      ['top-account', 'topAccountRatio'],
      ['top-position', 'topPositionRatio'],
      ['global-account', 'globalAccountRatio'],
    ] as const) {
      const ratios = simulator.truth.ratios(kind, 'BTCUSDT', window)
      for (const [index, { longShortRatio }] of ratios.entries()) {
        const told = rows[index]?.[name] ?? ''
        expect(told).toMatch(/^\d+\.\d{8}$/)
        expect(Math.abs(Number(told) - Number(longShortRatio))).toBeLessThanOrEqual(0.000_050_01)
      }
    }
    const flows = simulator.truth.takerVolume('BTCUSDT', {
      from: window.from - 5 * MINUTE,
      to: window.to - 5 * MINUTE,
    })
    expect(flows.map(({ start }) => start + 5 * MINUTE)).toEqual(rows.map(({ at }) => at))
    for (const [index, { buySellRatio }] of flows.entries()) {
      expect(Math.abs(Number(rows[index]?.takerRatio) - Number(buySellRatio))).toBeLessThanOrEqual(
        0.000_050_01,
      )
    }
  })
})

describe('the archive', () => {
  it('has a day from the next morning on, a month from the first Monday on', async () => {
    await using venue = await startBinanceSimulator({
      clock: { startAt: Date.UTC(2026, 6, 2, 8, 29, 59), rate: 0 },
    })
    const keys = [candleKey('BTCUSDT', '2026-07-01'), candleKey('BTCUSDT', '2026-06')]
    const statuses = () => Promise.all(keys.map(async (key) => (await fetchKey(venue, key)).status))
    expect(await statuses()).toEqual([404, 404])
    venue.advance(1_000)
    expect(await statuses()).toEqual([200, 404])
    venue.advance(4 * DAY - 1)
    expect(await statuses()).toEqual([200, 404])
    venue.advance(1)
    expect(await statuses()).toEqual([200, 200])
  })

  it('has it after other delays where those are set', async () => {
    const archive = { dailyDelayMs: DAY, monthlyDelayMs: 0 }
    await using venue = await startBinanceSimulator({ clock: { startAt: JUNE.to, rate: 0 }, archive })
    expect((await fetchKey(venue, candleKey('BTCUSDT', '2026-06'))).status).toBe(200)
    expect((await fetchKey(venue, candleKey('BTCUSDT', '2026-06-30'))).status).toBe(404)
    expect((await fetchKey(venue, candleKey('BTCUSDT', '2026-06-29'))).status).toBe(200)
  })

  it('holds what a symbol lived, of those too that the API no longer knows', async () => {
    expect(await readLines(simulator, candleKey('SRMUSDT', '2022-11-28'))).toHaveLength(9 * 60)
    expect(await readLines(simulator, candleKey('SRMUSDT', '2020-08-21'))).toHaveLength(17 * 60)
    for (const symbol of ['CVCUSDTSETTLED', 'BTCUSDT_240329'])
      expect((await fetchKey(simulator, candleKey(symbol, '2023-11'))).status).toBe(
        symbol.startsWith('B') ? 200 : 404,
      )
    for (const key of [
      candleKey('SRMUSDT', '2022-12'),
      candleKey('SRMUSDT', '2020-07'),
      candleKey('FTTUSDT', '2022-01'),
      candleKey('BTCUSDT', '2019-12'),
      candleKey('BTCUSDT', '2026-13'),
      candleKey('BTCUSDT_240329', '2024-01', 'indexPriceKlines'),
      otherKey('BTCUSDT_240329', '2024-01', 'fundingRate'),
      otherKey('ETHUSDT', '2021-11-30', 'metrics'),
    ]) {
      const { status, bytes, headers } = await fetchKey(simulator, key)
      expect([key, status, headers.get('content-type')]).toEqual([key, 404, 'application/xml'])
      expect(bytes.toString()).toContain(
        `<Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>${key}</Key>`,
      )
    }
    const rest = await fetch(`${simulator.restUrl}/fapi/v1/klines?symbol=SRMUSDT&interval=1m`)
    expect([rest.status, await rest.json()]).toEqual([400, { code: -1121, msg: 'Invalid symbol.' }])
  })

  it.skipIf(!hasRecorded)(
    `serves recorded months byte for byte (skipped where ${WITHOUT_RECORDED})`,
    async () => {
      await using venue = await startBinanceSimulator({
        dataFolder: `${RECORDED}/klines-1m`,
        archive: { monthlyDelayMs: 0 },
      })
      for (const month of ['2026-06', '2026-07']) {
        const lines = await readLines(venue, candleKey('AVAXUSDT', month))
        const cells = lines.map((line) => line.split(','))
        expect(cells.map((row) => ['AVAXUSDT', ...row.slice(0, 6), ...row.slice(7, 11)].join(','))).toEqual(
          recordedCandles('AVAXUSDT', month),
        )
      }
    },
  )
})
