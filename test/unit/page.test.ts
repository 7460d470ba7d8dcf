import { describe, expect, it } from 'vitest'
import { PayloadError } from '../../src/lib/errors.ts'
import type { Candle } from '../../src/lib/model/market.ts'
import { MINUTE } from '../../src/lib/model/window.ts'
import { readPage, restrictPage } from '../../src/lib/pipeline/page.ts'
import type { RejectedRow } from '../../src/lib/venue.ts'
import { createVenue } from '../../src/venues/index.ts'

const { sources } = createVenue('binance', { binanceRestUrl: 'http://127.0.0.1:1' })
const ohlcv = sources.ohlcv
const funding = sources.funding
if (!ohlcv || !funding) throw new Error('binance has both datasets')

const START = Date.UTC(2026, 1, 1)
const at = (minute: number): number => START + minute * MINUTE
const candle = (minute: number, close = '2'): Candle => ({
  ts: at(minute),
  open: '2',
  high: '3',
  low: '1',
  close,
  volume: '0',
  quoteVolume: '0',
  trades: 0,
  takerBuyVolume: '0',
  takerBuyQuoteVolume: '0',
})
const window = (from: number, to: number) => ({ from: at(from), to: at(to) })
const LATER = at(100_000)
const read = (rows: Candle[], from: number, to: number, now = LATER, rejected: RejectedRow[] = []) =>
  readPage(ohlcv, 'BTCUSDT', window(from, to), { rows, rejected, count: rows.length + rejected.length }, now)

describe('a page of a grid', () => {
  it('covers what it has rows for', () => {
    const page = read([candle(0), candle(1), candle(2)], 0, 3)
    expect(page.covered).toEqual([window(0, 3)])
    expect([page.missing, page.open, page.broken]).toEqual([[], [], []])
  })

  it('tells the minutes that it lacks', () => {
    const page = read([candle(1), candle(3)], 0, 6)
    expect(page.covered).toEqual([window(1, 2), window(3, 4)])
    expect(page.missing).toEqual([window(0, 1), window(2, 3), window(4, 6)])
  })

  it('leaves what is too new open behind its last row', () => {
    const page = read([candle(0), candle(1), candle(3)], 0, 6, at(6) + 1)
    expect(page.missing).toEqual([window(2, 3)])
    expect(page.open).toEqual([window(4, 6)])
  })

  it('knows nothing at the edge from an empty answer', () => {
    const page = read([], 0, 30, at(30))
    expect(page.missing).toEqual([window(0, 20)])
    expect(page.open).toEqual([window(20, 30)])
    expect(page.covered).toEqual([])
  })

  it('ends what is final on a whole minute, whatever the second', () => {
    const page = read([candle(0)], 0, 30, at(30) + 17_123)
    expect(page.missing).toEqual([window(1, 20)])
    expect(page.open).toEqual([window(20, 30)])
  })

  it('sorts rows and counts the same row once', () => {
    const page = read([candle(2), candle(0), candle(1), candle(1)], 0, 3)
    expect(page.rows.map((row) => row.ts)).toEqual([at(0), at(1), at(2)])
    expect(page.duplicates).toBe(1)
  })

  it('refuses both of two different rows of one minute', () => {
    const page = read([candle(0), candle(1, '2'), candle(1, '2.5'), candle(2)], 0, 3)
    expect(page.rows.map((row) => row.ts)).toEqual([at(0), at(2)])
    expect(page.broken).toEqual([window(1, 2)])
    expect(page.missing).toEqual([])
    expect(page.rejected.map(({ ts, reason }) => [ts, reason])).toEqual([
      [at(1), 'two different rows of the same time'],
    ])
  })

  it('keeps the minute of a broken row out of what it covers, also when the row is off the minute', () => {
    const page = read([candle(0), candle(2)], 0, 3, LATER, [
      { ts: at(1) + 7, row: [], reason: 'open time is not on the minute' },
    ])
    expect(page.covered).toEqual([window(0, 1), window(2, 3)])
    expect(page.broken).toEqual([window(1, 2)])
  })

  it('does not take an answer to another question', () => {
    expect(() => read([candle(3)], 0, 3)).toThrow(PayloadError)
    expect(() => read([candle(-1)], 0, 3)).toThrow(PayloadError)
  })

  it('can be cut down to the minutes that were asked about', () => {
    const page = restrictPage(read([candle(0), candle(1), candle(2)], 0, 5), [window(1, 2), window(3, 4)])
    expect(page.rows.map((row) => row.ts)).toEqual([at(1)])
    expect(page.covered).toEqual([window(1, 2)])
    expect(page.missing).toEqual([window(3, 4)])
  })
})

describe('a page of events', () => {
  const rate = (minute: number) => ({
    ts: at(minute),
    rate: '0.0001',
    markPrice: null,
    rateType: null,
    venueTs: at(minute) + 7,
  })
  const readRates = (rows: ReturnType<typeof rate>[], to: number, now: number, count = rows.length) =>
    readPage(funding, 'BTCUSDT', window(0, to), { rows, rejected: [], count }, now)

  it('covers its whole window, rows or not', () => {
    expect(readRates([rate(480)], 1_000, LATER).covered).toEqual([window(0, 1_000)])
    expect(readRates([], 1_000, LATER).covered).toEqual([window(0, 1_000)])
  })

  it('goes on behind its last row when it was cut', () => {
    const page = readRates([rate(0), rate(480)], 1_000, LATER, 1_000)
    expect(page.covered).toEqual([window(0, 481)])
    expect(page.rest).toEqual(window(481, 1_000))
  })

  it('does not cover the newest minutes before their settlement is there', () => {
    expect(readRates([], 481, at(481) + 17_123).covered).toEqual([window(0, 471)])
    expect(readRates([rate(480)], 481, at(481)).covered).toEqual([window(0, 481)])
  })
})
