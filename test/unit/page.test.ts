import { describe, expect, it } from 'vitest'
import { PayloadError } from '../../src/lib/errors.ts'
import type { Candle, OpenInterest } from '../../src/lib/model/market.ts'
import { MINUTE } from '../../src/lib/model/window.ts'
import { mergeAnswers } from '../../src/lib/pipeline/merge-answers.ts'
import { readPage, requireInside, restrictPage } from '../../src/lib/pipeline/page.ts'
import type { RejectedRow } from '../../src/lib/venue/route.ts'
import { createBinance } from '../../src/venues/binance/index.ts'

const { ohlcv, funding, oi } = createBinance({ binanceRestUrl: 'http://127.0.0.1:1' }).routes
if (!ohlcv || !funding || !oi) throw new Error('binance has these datasets')

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
  readPage(
    ohlcv,
    window(from, to),
    mergeAnswers([{ rows, rejected, count: rows.length + rejected.length }]),
    {
      now,
      takesPartial: false,
    },
  )

describe('a page of a grid', () => {
  it('covers what it has rows for', () => {
    const page = read([candle(0), candle(1), candle(2)], 0, 3)
    expect(page.covered).toEqual([window(0, 3)])
    expect([page.missing, page.open, page.broken]).toEqual([[], [], []])
  })

  it('tells the minutes that it lacks between its rows, and apart from them those around', () => {
    const page = read([candle(1), candle(3)], 0, 6)
    expect(page.covered).toEqual([window(1, 2), window(3, 4)])
    expect(page.missing).toEqual([window(2, 3)])
    expect(page.outer).toEqual([window(0, 1), window(4, 6)])
  })

  it('leaves what is too new open behind its last row', () => {
    const page = read([candle(0), candle(1), candle(3)], 0, 6, at(6) + 1)
    expect(page.missing).toEqual([window(2, 3)])
    expect(page.open).toEqual([window(4, 6)])
  })

  it('knows nothing at the edge from an empty answer', () => {
    const page = read([], 0, 30, at(30))
    expect([page.missing, page.outer]).toEqual([[], [window(0, 20)]])
    expect(page.open).toEqual([window(20, 30)])
    expect(page.covered).toEqual([])
  })

  it('ends what is final on a whole minute, whatever the second', () => {
    const page = read([candle(0)], 0, 30, at(30) + 17_123)
    expect([page.missing, page.outer]).toEqual([[], [window(1, 20)]])
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
    const check = (...minutes: number[]) =>
      requireInside(
        ohlcv,
        'BTCUSDT',
        window(0, 3),
        minutes.map((minute) => candle(minute)),
      )
    expect(() => check(0, 1, 3)).toThrow(PayloadError)
    expect(() => check(-1, 0)).toThrow(PayloadError)
    expect(() => check(0, 1, 2)).not.toThrow()
    expect(() => check()).not.toThrow()
  })

  it('can be cut down to the minutes that were asked about', () => {
    const page = restrictPage(read([candle(0), candle(1), candle(2)], 0, 5), [window(1, 2), window(3, 4)])
    expect(page.rows.map((row) => row.ts)).toEqual([at(1)])
    expect(page.covered).toEqual([window(1, 2)])
    expect([page.missing, page.outer]).toEqual([[], [window(3, 4)]])
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
    readPage(funding, window(0, to), mergeAnswers([{ rows, rejected: [], count }]), {
      now,
      takesPartial: false,
    })

  it('covers its whole window, rows or not', () => {
    expect(readRates([rate(480)], 1_000, LATER).covered).toEqual([window(0, 1_000)])
    expect(readRates([], 1_000, LATER).covered).toEqual([window(0, 1_000)])
  })

  it('goes on behind its last row when it was cut', () => {
    const page = readRates([rate(0), rate(480)], 1_000, LATER, 1_000)
    expect(page.covered).toEqual([window(0, 481)])
    expect(page.rest).toEqual(window(481, 1_000))
  })

  it('goes on before its first row where the venue keeps the newest', () => {
    const newest = { ...funding, keeps: 'newest' as const, pageRows: 100 }
    const settled = Array.from({ length: 200 }, (_, hour) => rate(hour * 60))
    const ask = (to: number) => {
      const rows = settled.filter(({ ts }) => ts < at(to)).slice(-100)
      const answers = mergeAnswers<'funding'>([{ rows, rejected: [], count: rows.length }])
      return readPage(newest, window(0, to), answers, { now: LATER, takesPartial: false })
    }
    const page = ask(12_000)
    expect([page.covered, page.rest, page.open]).toEqual([[window(6_000, 12_000)], window(0, 6_000), []])
    const before = ask(6_000)
    expect([before.covered, before.rest]).toEqual([[window(0, 6_000)], undefined])
  })

  it('does not cover the newest minutes before their settlement is there', () => {
    expect(readRates([], 481, at(481) + 17_123).covered).toEqual([window(0, 471)])
    expect(readRates([rate(480)], 481, at(481)).covered).toEqual([window(0, 481)])
  })
})

describe('a page of a grid of five minutes', () => {
  const snapshot = (minute: number): OpenInterest => ({
    ts: at(minute),
    openInterest: '10.0',
    openInterestValue: '20.0',
    sampledAt: at(minute),
  })
  const readSnapshots = (minutes: number[], to: number, now = LATER, rejected: RejectedRow[] = []) => {
    const rows = minutes.map(snapshot)
    const answers = mergeAnswers<'oi'>([{ rows, rejected, count: rows.length + rejected.length }])
    return readPage(oi, window(0, to), answers, { now, takesPartial: false })
  }

  it('covers the whole step of each row', () => {
    const page = readSnapshots([0, 5, 15], 25)
    expect(page.covered).toEqual([window(0, 10), window(15, 20)])
    expect([page.missing, page.outer]).toEqual([[window(10, 15)], [window(20, 25)]])
    expect(page.rows.map((row) => row.ts)).toEqual([at(0), at(5), at(15)])
  })

  it.each([
    [30, 15],
    [32, 15],
    [34, 15],
    [35, 20],
  ])('has its edge on a whole step, at minute %i at %i', (now, edge) => {
    const page = readSnapshots([], 35, at(now) + (now === 35 ? 0 : 59_999))
    expect([page.missing, page.outer, page.open]).toEqual([[], [window(0, edge)], [window(edge, 35)]])
  })

  it('leaves only what is behind its last row open', () => {
    const page = readSnapshots([0, 5, 10, 20], 30, at(31))
    expect([page.missing, page.open]).toEqual([[window(15, 20)], [window(25, 30)]])
  })

  it('keeps the whole step of a broken row out, also when the row is off the step', () => {
    const page = readSnapshots([0, 10], 15, LATER, [{ ts: at(7), row: {}, reason: 'off the step' }])
    expect(page.broken).toEqual([window(5, 10)])
    expect([page.covered, page.missing]).toEqual([[window(0, 5), window(10, 15)], []])
  })
})

describe('a page that is not trusted from its beginning', () => {
  const readFrom = (trustedFrom: number, minutes: number[]) => {
    const rows = minutes.map((minute) => candle(minute))
    const terms = { now: LATER, takesPartial: false }
    return readPage(
      ohlcv,
      window(0, 5),
      mergeAnswers([{ rows, rejected: [], count: rows.length, trustedFrom }]),
      terms,
    )
  }
  const extent = ({ covered, missing, untrusted }: ReturnType<typeof readFrom>) => ({
    covered,
    missing,
    untrusted,
  })

  it('says nothing of what is older, whatever it holds', () => {
    const page = readFrom(at(2), [0, 1, 2, 4])
    expect(page.rows.map((row) => row.ts)).toEqual([at(2), at(4)])
    expect(extent(page)).toEqual({
      covered: [window(2, 3), window(4, 5)],
      missing: [window(3, 4)],
      untrusted: [window(0, 2)],
    })
  })

  it('is whole when it is trusted from its first minute or before', () => {
    for (const trustedFrom of [at(0), at(-7)])
      expect(extent(readFrom(trustedFrom, [0, 1, 2, 3, 4]))).toEqual({
        covered: [window(0, 5)],
        missing: [],
        untrusted: [],
      })
  })

  it.each([at(5), at(9), Number.POSITIVE_INFINITY])(
    'says nothing at all when trusted only from %d on',
    (from) => {
      const page = readFrom(from, [0, 1])
      expect(page.rows).toEqual([])
      expect([page.open, page.rest, page.broken]).toEqual([[], undefined, []])
      expect(extent(page)).toEqual({ covered: [], missing: [], untrusted: [window(0, 5)] })
    },
  )

  it('covers events from there on only, and can be cut down', () => {
    const rows = [{ ts: at(4), rate: '0.1', markPrice: null, rateType: null, venueTs: at(4) }]
    const answers = mergeAnswers<'funding'>([{ rows, rejected: [], count: 1, trustedFrom: at(2) }])
    const page = readPage(funding, window(0, 9), answers, { now: LATER, takesPartial: false })
    expect([page.covered, page.untrusted]).toEqual([[window(2, 9)], [window(0, 2)]])
    const part = restrictPage(page, [window(1, 3)])
    expect([part.rows, part.covered, part.untrusted]).toEqual([[], [window(2, 3)], [window(1, 2)]])
  })
})
