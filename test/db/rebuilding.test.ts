import { expect, it } from 'vitest'
import { readSeries } from '../../src/db/coverage-report.ts'
import type { Patience } from '../../src/db/patience.ts'
import { PostgresStore } from '../../src/db/store.ts'
import { MINUTE, type Window } from '../../src/lib/model/window.ts'
import type { Commit } from '../../src/lib/ports.ts'
import { createTestDatabase } from '../helpers/database.ts'

const T0 = Date.UTC(2026, 1, 1)
const minutes = (from: number, to: number): Window => ({ from: T0 + from * MINUTE, to: T0 + to * MINUTE })
const span = ({ from, to }: Window): number[] =>
  Array.from({ length: (to - from) / MINUTE }, (_, at) => from + at * MINUTE)

it('keeps what was taken back in the list, until it is made anew', async () => {
  await using database = await createTestDatabase()
  const patience: Patience = {
    url: database.url,
    timeoutMs: 10_000,
    signal: new AbortController().signal,
    onWait: () => {},
  }
  await using store = new PostgresStore('binance', patience)
  const candles = (window: Window): Commit => {
    const price = { open: '1', high: '1', low: '1', close: '1', volume: '1' }
    const rest = { quoteVolume: null, trades: null, takerBuyVolume: null, takerBuyQuoteVolume: null }
    const rows = store.encode(
      'BTCUSDT',
      'ohlcv',
      span(window).map((ts) => ({ ts, ...price, ...rest })),
    )
    return { symbol: 'BTCUSDT', dataset: 'ohlcv', rows, covered: [window], absent: [], isFresh: false }
  }
  const rsi = (window: Window): Commit => {
    const rows = store.encode(
      'BTCUSDT',
      'rsi',
      span(window).map((ts) => ({ ts, period: 14, rsi: 50, averageGain: 0, averageLoss: 0 })),
    )
    return { symbol: 'BTCUSDT', dataset: 'rsi', rows, covered: [window], absent: [], isFresh: false }
  }
  const look = async () => {
    const series = await readSeries(database.sql, { venue: 'binance', now: T0 + 100 * MINUTE })
    const one = series.find(({ dataset }) => dataset === 'rsi')
    return one && [one.state, one.coveredMinutes, one.rebuildingMinutes, one.missingMinutes]
  }
  await store.write([candles(minutes(50, 100))])
  await store.write([rsi(minutes(50, 100))])
  expect(await look()).toEqual(['whole', 50, 0, 0])
  // Older candles: all averages after them are others.
  await store.write([candles(minutes(0, 50))])
  expect(await look()).toEqual(['rebuilding', 0, 50, 0])
  await store.write([rsi(minutes(0, 80))])
  expect(await look()).toEqual(['rebuilding', 80, 20, 0])
  await store.write([rsi(minutes(80, 100))])
  expect(await look()).toEqual(['whole', 100, 0, 0])
})
