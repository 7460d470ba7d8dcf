import { describe, expect, it } from 'vitest'
import { PageSizes } from '../../src/lib/plan/page-sizes.ts'
import { createBinance } from '../../src/venues/binance/index.ts'

const { ohlcv, funding } = createBinance({ binanceRestUrl: 'http://127.0.0.1:1' }).routes
if (!ohlcv || !funding) throw new Error('binance has these datasets')

describe('the page that a venue really serves', () => {
  it('is learned at once from an answer of half the length or less', () => {
    const sizes = new PageSizes()
    expect(sizes.of(ohlcv)).toBeUndefined()
    expect(sizes.learn(ohlcv, { served: 100, asked: 499 })).toBe(100)
    expect([sizes.of(ohlcv), sizes.of(funding)]).toEqual([100, undefined])
  })

  it('is learned from the second answer of the same length otherwise', () => {
    const sizes = new PageSizes()
    expect(sizes.learn(ohlcv, { served: 300, asked: 499 })).toBeUndefined()
    expect(sizes.learn(ohlcv, { served: 300, asked: 499 })).toBe(300)
    expect(sizes.learn(funding, { served: 2, asked: Number.POSITIVE_INFINITY })).toBeUndefined()
    expect(sizes.learn(funding, { served: 2, asked: Number.POSITIVE_INFINITY })).toBe(2)
  })

  it('is not learned from a row that came late, nor from an empty answer', () => {
    const sizes = new PageSizes()
    expect(sizes.learn(ohlcv, { served: 4, asked: 5 })).toBeUndefined()
    expect(sizes.learn(ohlcv, { served: 498, asked: 499 })).toBeUndefined()
    expect(sizes.learn(ohlcv, { served: 0, asked: 499 })).toBeUndefined()
  })

  it('becomes smaller while answers are still cut, and never too small', () => {
    const sizes = new PageSizes()
    sizes.learn(ohlcv, { served: 100, asked: 499 })
    expect(sizes.learn(ohlcv, { served: 100, asked: 499 })).toBe(50)
    expect(sizes.learn(ohlcv, { served: 1, asked: 50 })).toBe(20)
    expect(sizes.learn(ohlcv, { served: 1, asked: 20 })).toBeUndefined()
  })
})
