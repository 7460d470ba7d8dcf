import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  DERIVATIONS,
  hasDerived,
  isOfSymbol,
  madeFor,
  ORIGINS,
  originOf,
} from '../../src/lib/derive/derivations.ts'
import type { Candle } from '../../src/lib/model/market.ts'
import { INDEX_SYMBOL } from '../../src/lib/model/market.ts'
import { MINUTE, pointsToWindows } from '../../src/lib/model/window.ts'
import { at, Desk, makeCloses, windowOf } from './desk.ts'

describe('what is made from what', () => {
  it('names each dataset once, after what it is made from', () => {
    const names = DERIVATIONS.map(({ dataset }) => dataset)
    expect(new Set(names).size).toBe(names.length)
    const known = new Set<string>(ORIGINS)
    for (const { dataset, from } of DERIVATIONS) {
      expect(from.filter((one) => !known.has(one))).toEqual([])
      known.add(dataset)
    }
  })

  it('tells what a symbol has, and the index of all of them', () => {
    expect(ORIGINS).toEqual(['ohlcv'])
    expect(madeFor('BTCUSDT').map(({ dataset }) => dataset)).toEqual(['rsi'])
    expect(madeFor(INDEX_SYMBOL).map(({ dataset }) => dataset)).toEqual(['mt', 'rsi'])
    expect(['ohlcv', 'mt', 'rsi', 'tv', 'oi'].filter((one) => isOfSymbol('BTCUSDT', one))).toEqual([
      'ohlcv',
      'rsi',
      'tv',
      'oi',
    ])
    expect(['ohlcv', 'mt', 'rsi', 'tv', 'oi'].filter((one) => isOfSymbol(INDEX_SYMBOL, one))).toEqual([
      'mt',
      'rsi',
    ])
    expect(originOf({ dataset: 'rsi', symbol: 'BTCUSDT' })).toBe('ohlcv')
    expect(originOf({ dataset: 'rsi', symbol: INDEX_SYMBOL })).toBe('mt')
    expect(originOf({ dataset: 'mt', symbol: INDEX_SYMBOL })).toBe('ohlcv')
    expect((['ohlcv', 'mt', 'rsi', 'tv', 'funding'] as const).filter(hasDerived)).toEqual(['ohlcv', 'mt'])
  })
})

describe('what was made', () => {
  let desk: Desk
  beforeAll(async () => {
    desk = await Desk.open()
  })
  afterAll(() => desk[Symbol.asyncDispose]())
  beforeEach(() => desk.clear())

  const candle = (minute: number, close: string): Candle => ({
    ts: at(minute),
    open: close,
    high: close,
    low: close,
    close,
    volume: '1',
    quoteVolume: null,
    trades: null,
    takerBuyVolume: null,
    takerBuyQuoteVolume: null,
  })

  it('is cut from the first change on, where one commit adds a row and another gives way to a stored one', async () => {
    await desk.put('AUSDT', makeCloses(0, 100))
    await desk.rsi('AUSDT')
    await desk.index()
    await desk.rsi(INDEX_SYMBOL)
    const candles = [candle(40, '7'), candle(100, '100')]
    const rows = desk.store.encode('AUSDT', 'ohlcv', candles)
    const covered = pointsToWindows(
      candles.map(({ ts }) => ts),
      MINUTE,
    )
    const commit = {
      symbol: 'AUSDT',
      dataset: 'ohlcv',
      rows,
      covered,
      absent: [],
      isFresh: false,
      yields: true,
    } as const
    expect(await desk.store.write([commit])).toMatchObject({ inserted: 1, updated: 0, yielded: 1 })
    for (const [dataset, symbol] of [
      ['rsi', 'AUSDT'],
      ['mt', INDEX_SYMBOL],
      ['rsi', INDEX_SYMBOL],
    ] as const)
      expect((await desk.coverage(dataset, symbol)).covered).toEqual([[0, 40]])
  })

  it('is found by its last row before an instant, and by whether a window has any, in each series of its own', async () => {
    await desk.put('AUSDT', makeCloses(0, 100))
    await desk.rsi('AUSDT')
    await desk.rsi('AUSDT', {}, 21)
    await desk.index()
    const { candles } = desk
    const usual = { symbol: 'AUSDT', dataset: 'rsi' } as const
    const other = { ...usual, variant: '21' }
    const index = { symbol: INDEX_SYMBOL, dataset: 'mt' } as const
    const [stored] = await desk.database.sql`
      select rsi, avg_gain, avg_loss from rsi where period = 21 and ts = to_timestamp(${at(99) / 1000})`
    expect(await candles.lastBefore(other, at(500))).toEqual({
      ts: at(99),
      period: 21,
      rsi: stored?.rsi,
      averageGain: stored?.avg_gain,
      averageLoss: stored?.avg_loss,
    })
    expect((await candles.lastBefore(usual, at(20)))?.ts).toBe(at(19))
    expect(await candles.lastBefore(usual, at(14))).toBeUndefined()
    expect(await candles.lastBefore({ ...usual, symbol: 'BUSDT' }, at(20))).toBeUndefined()
    expect(await candles.lastBefore(index, at(1))).toEqual({ ts: at(0), close: 100, members: 0 })
    expect(await candles.lastBefore({ symbol: 'AUSDT', dataset: 'ohlcv' }, at(1))).toMatchObject({
      ts: at(0),
      close: makeCloses(0, 1).get(0),
      trades: null,
    })
    const has = (series: Parameters<typeof candles.hasRows>[0], from: number, to: number) =>
      candles.hasRows(series, windowOf(from, to))
    expect([await has(usual, 0, 14), await has(usual, 0, 15)]).toEqual([false, true])
    expect([await has(other, 0, 21), await has(other, 21, 22)]).toEqual([false, true])
    expect([await has(index, 0, 1), await has(index, 100, 200)]).toEqual([true, false])
  })
})
