import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MarketIndex, type MarketIndexPoint } from '../../../src/lib/derive/math/market-index.ts'
import { MINUTE } from '../../../src/lib/model/window.ts'

const START = Date.UTC(2026, 1, 1)
const MINUTES = 24
const minuteAt = (slot: number): number => START + slot * MINUTE

/** Closes by symbol, from `START` on; undefined where there is no candle. Symbols ascend. */
type Market = readonly (readonly [symbol: string, closes: readonly (number | undefined)[]])[]

function feed(index: MarketIndex, market: Market, from: number, to: number): MarketIndexPoint[] {
  index.begin({ from: minuteAt(from), to: minuteAt(to) })
  for (const [symbol, closes] of market) {
    const slots = closes.flatMap((close, slot) =>
      close === undefined || slot < from || slot >= to ? [] : [slot],
    )
    const values = slots.map((slot) => closes[slot] ?? Number.NaN)
    index.push(symbol, Float64Array.from(slots, minuteAt), Float64Array.from(values))
  }
  return index.finish()
}

const compute = (market: Market): MarketIndexPoint[] => feed(new MarketIndex(), market, 0, MINUTES)

/** The definition, word by word. */
function computeNaively(market: Market): MarketIndexPoint[] {
  const points: MarketIndexPoint[] = []
  for (let slot = 0; slot < MINUTES; slot += 1) {
    if (market.every(([, closes]) => closes[slot] === undefined)) continue
    const returns = market.flatMap(([, closes]) => {
      const [now, before] = [closes[slot], slot > 0 ? closes[slot - 1] : undefined]
      return now === undefined || before === undefined ? [] : [now / before - 1]
    })
    const last = points.at(-1)?.close
    const mean = returns.length === 0 ? 0 : returns.reduce((sum, part) => sum + part, 0) / returns.length
    points.push({
      ts: minuteAt(slot),
      close: last === undefined ? 100 : last * (1 + mean),
      members: returns.length,
    })
  }
  return points
}

const price = fc.double({ min: 1e-6, max: 1e5, noNaN: true })
const candles = fc.array(fc.option(price, { nil: undefined, freq: 4 }), {
  minLength: MINUTES,
  maxLength: MINUTES,
})
const market: fc.Arbitrary<Market> = fc
  .array(candles, { minLength: 1, maxLength: 6 })
  .map((all) => all.map((closes, at) => [`S${at}`, closes] as const))
const cuts = fc
  .uniqueArray(fc.integer({ min: 1, max: MINUTES - 1 }))
  .map((all) => all.toSorted((a, b) => a - b))

describe('the market index', () => {
  it('starts at 100 and moves by the mean of its members', () => {
    const rows: Market = [
      ['A', [undefined, 10, 11, 11, undefined, 20]],
      ['B', [undefined, undefined, 50, 40, undefined, undefined, 5]],
      ['C', [undefined, undefined, undefined, 7, undefined, undefined, 5.5]],
    ]
    const points = compute(rows)
    expect(points.map(({ ts, members }) => [(ts - START) / MINUTE, members])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
      [5, 0],
      [6, 0],
    ])
    const fallen = 100 * (1 + (11 / 10 - 1)) * (1 + (0 + (40 / 50 - 1)) / 2)
    expect(points.map(({ close }) => close)).toEqual([100, 100 * (1 + (11 / 10 - 1)), fallen, fallen, fallen])
    expect(fallen).toBeCloseTo(99, 10)
  })

  it('is what its definition says', () => {
    fc.assert(
      fc.property(market, (rows) => {
        expect(compute(rows)).toEqual(computeNaively(rows))
      }),
    )
  })

  it('is the same to the last bit however it is cut, in one go or resumed', () => {
    fc.assert(
      fc.property(market, cuts, fc.boolean(), (rows, inner, isResumed) => {
        const edges = [0, ...inner, MINUTES]
        let index = new MarketIndex()
        const points = edges.slice(1).flatMap((to, at) => {
          if (isResumed) index = new MarketIndex(index.state)
          return feed(index, rows, edges[at] ?? 0, to)
        })
        expect(points).toEqual(compute(rows))
      }),
    )
  })

  it('sees no return across minutes that were left out', () => {
    const rows: Market = [['A', [10, undefined, undefined, 12, 15]]]
    const index = new MarketIndex()
    const points = [...feed(index, rows, 0, 1), ...feed(index, rows, 3, 5)]
    expect(points).toEqual([
      { ts: minuteAt(0), close: 100, members: 0 },
      { ts: minuteAt(3), close: 100, members: 0 },
      { ts: minuteAt(4), close: 125, members: 1 },
    ])
  })

  it('goes on from what it once was, with members that came and went', () => {
    const closes = new Map([
      ['A', 10],
      ['GONE', 3],
    ])
    const index = new MarketIndex({ until: minuteAt(0), close: 80, closes })
    const rows: Market = [
      ['A', [11]],
      ['NEW', [9]],
    ]
    const close = 80 * (1 + (11 / 10 - 1))
    expect(feed(index, rows, 0, 1)).toEqual([{ ts: minuteAt(0), close, members: 1 }])
    expect(index.state).toEqual({
      until: minuteAt(1),
      close,
      closes: new Map(rows.map(([s, c]) => [s, c[0]])),
    })
  })

  it('has no points and no state before the first candle', () => {
    const index = new MarketIndex()
    expect(feed(index, [['A', []]], 0, 5)).toEqual([])
    expect(index.state).toBeUndefined()
    expect(feed(index, [['A', Array(6).fill(2)]], 5, 6)).toEqual([
      { ts: minuteAt(5), close: 100, members: 0 },
    ])
  })

  it('takes plain arrays as well', () => {
    const index = new MarketIndex()
    index.begin({ from: minuteAt(0), to: minuteAt(2) })
    index.push('A', [minuteAt(0), minuteAt(1)], [4, 5])
    expect(index.finish().map(({ close }) => close)).toEqual([100, 125])
  })
})

describe('the market index refuses', () => {
  const begun = (): MarketIndex => {
    const index = new MarketIndex()
    index.begin({ from: minuteAt(0), to: minuteAt(5) })
    index.push('B', [], [])
    return index
  }

  it.each([
    ['symbols out of order', 'A', [], []],
    ['a symbol twice', 'B', [], []],
    ['fewer closes than minutes', 'C', [minuteAt(0)], []],
    ['minutes out of order', 'C', [minuteAt(1), minuteAt(0)], [1, 1]],
    ['a minute twice', 'C', [minuteAt(1), minuteAt(1)], [1, 1]],
    ['a minute before the window', 'C', [minuteAt(-1)], [1]],
    ['a minute after the window', 'C', [minuteAt(5)], [1]],
    ['a part of a minute', 'C', [minuteAt(1) + 1], [1]],
    ['a close of zero', 'C', [minuteAt(0)], [0]],
    ['a close that is no number', 'C', [minuteAt(0)], [Number.NaN]],
    ['an endless close', 'C', [minuteAt(0)], [Number.POSITIVE_INFINITY]],
  ])('%s', (_, symbol, ts, close) => {
    expect(() => begun().push(symbol, ts, close)).toThrow(RangeError)
  })

  it.each([
    ['an empty chunk', 5, 5],
    ['half a minute', 5, 5.5],
    ['a chunk off the minute', 5.5, 6.5],
    ['a chunk before the last one', 4, 6],
  ])('%s', (_, from, to) => {
    const index = begun()
    index.finish()
    expect(() => index.begin({ from: minuteAt(from), to: minuteAt(to) })).toThrow(RangeError)
    index.begin({ from: minuteAt(5), to: minuteAt(6) })
  })

  it('calls in the wrong order', () => {
    expect(() => new MarketIndex().push('A', [], [])).toThrow('no chunk was begun')
    expect(() => new MarketIndex().finish()).toThrow('no chunk was begun')
    expect(() => begun().begin({ from: minuteAt(5), to: minuteAt(6) })).toThrow('not finished')
    expect(() => begun().state).toThrow('has no state')
  })
})
