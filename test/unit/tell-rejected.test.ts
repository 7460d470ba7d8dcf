import { describe, expect, it } from 'vitest'
import { type Failure, RunEventBus } from '../../src/lib/events.ts'
import { MINUTE, subtract, type Window } from '../../src/lib/model/window.ts'
import { Job } from '../../src/lib/pipeline/job.ts'
import { mergeAnswers } from '../../src/lib/pipeline/merge-answers.ts'
import { readPage } from '../../src/lib/pipeline/page.ts'
import { tellRejected } from '../../src/lib/pipeline/tell-rejected.ts'
import { doubtVague, forgetStrangeTimes } from '../../src/lib/pipeline/vague.ts'
import type { ParsedRows, RejectedRow } from '../../src/lib/venue/route.ts'
import { createBinance } from '../../src/venues/binance/index.ts'

const START = Date.UTC(2026, 1, 1)
const { ohlcv, funding } = createBinance({ binanceRestUrl: 'http://127.0.0.1:1' }).routes
if (!ohlcv || !funding) throw new Error('binance has both')
const window = { from: START, to: START + 100 * MINUTE }
const candle = (minute: number) => ({
  ts: START + minute * MINUTE,
  open: '1',
  high: '1',
  low: '1',
  close: '1',
  volume: '0',
  quoteVolume: '0',
  trades: 0,
  takerBuyVolume: '0',
  takerBuyQuoteVolume: '0',
})
const bad = (minute: number | undefined): RejectedRow => ({
  ts: minute === undefined ? undefined : START + minute * MINUTE,
  row: [minute],
  reason: 'is odd',
})

function tell(rejected: readonly RejectedRow[]): Failure[] {
  const events = new RunEventBus()
  const told: Failure[] = []
  events.on('failure', (failure) => void told.push(failure))
  if (!ohlcv) return told
  const job = new Job(ohlcv, { symbol: 'BTCUSDT', isLive: true, listedSince: null })
  tellRejected(events, { job, window, kind: 'gap', attempt: 3, gapEnd: window.to }, rejected, 'error')
  return told
}

describe('rows that break a rule', () => {
  it('are told as sent, one by one', () => {
    expect(tell([bad(3), bad(undefined)])).toEqual([
      {
        type: 'bad_row',
        message: 'ohlcv of BTCUSDT at 2026-02-01T00:03:00.000Z: is odd',
        details: {
          venue_row: [3],
          ts: '2026-02-01T00:03:00.000Z',
          reason: 'is odd',
          symbol: 'BTCUSDT',
          dataset: 'ohlcv',
          attempt: 3,
        },
        severity: 'error',
      },
      expect.objectContaining({ message: 'ohlcv of BTCUSDT: is odd' }),
    ])
  })

  it('are told in sum where they are many, with their windows', () => {
    const rows = Array.from({ length: 100_000 }, (_, at) => bad(at * 2))
    const told = tell(rows)
    expect(told).toHaveLength(51)
    expect(told.at(-1)).toMatchObject({
      message: 'ohlcv of BTCUSDT: 99950 more rows of the same answer break a rule',
      details: { count: 99_950, windowCount: 99_950 },
    })
    expect(JSON.stringify(told).length).toBeLessThan(50_000)
  })

  it('may be as deep as they like', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)
    expect(tell([{ ts: START, row: deep, reason: 'is deep' }])[0]?.details.venue_row).toEqual([[[[[['…']]]]]])
  })
})

describe('a row of which nobody can tell the minute', () => {
  const read = (
    source: typeof ohlcv | typeof funding,
    rows: ParsedRows<'ohlcv'>['rows'],
    rejected: RejectedRow[],
  ) => {
    const parsed = forgetStrangeTimes(
      { rows, rejected, count: rows.length + rejected.length },
      window,
      MINUTE,
    )
    const answers = mergeAnswers<never>([parsed as never])
    const terms = { now: window.to + 60 * MINUTE, takesPartial: true }
    return doubtVague(readPage(source as never, window, answers, terms), source as never)
  }
  const minutes = (from: number, to: number): Window => ({
    from: START + from * MINUTE,
    to: START + to * MINUTE,
  })
  const rows = [...Array(100).keys()].filter((minute) => minute !== 40 && minute !== 70).map(candle)

  it.each([
    ['tells none', bad(undefined)],
    ['tells one of another day', bad(5_000)],
  ])('leaves nothing absent: it %s', (_, row) => {
    const page = read(ohlcv, rows, [row])
    expect(page.missing).toEqual([])
    expect(page.broken).toEqual([minutes(40, 41), minutes(70, 71)])
    expect(page.covered).toEqual(subtract([window], page.broken))
  })

  it('of events leaves covered what has a row, and nothing else', () => {
    const page = read(funding, [candle(8), candle(16)], [bad(undefined)])
    expect(page.covered).toEqual([minutes(8, 9), minutes(16, 17)])
    expect(page.broken).toEqual(subtract([window], page.covered))
  })

  it('is not one whose minute is known', () => {
    const page = read(ohlcv, rows, [bad(40)])
    expect([page.broken, page.missing]).toEqual([[minutes(40, 41)], [minutes(70, 71)]])
  })
})
