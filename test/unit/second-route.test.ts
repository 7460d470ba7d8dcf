import { describe, expect, it } from 'vitest'
import { RunEventBus } from '../../src/lib/events.ts'
import { HOUR, MINUTE, totalSpan, type Window } from '../../src/lib/model/window.ts'
import { Job } from '../../src/lib/pipeline/job.ts'
import { type PassOptions, runPass } from '../../src/lib/pipeline/pass.ts'
import { estimateJob } from '../../src/lib/plan/estimate.ts'
import { PageSizes } from '../../src/lib/plan/page-sizes.ts'
import type { Route } from '../../src/lib/venue/route.ts'
import { createFakeClient, MemoryStore } from './fakes.ts'

const NOW = Date.UTC(2026, 1, 20)
const PAGE = 300
const RECENT = 1_440 * MINUTE
const SYMBOL = 'BTC-USDT-SWAP'
/** The first minute that the venue has. */
const FIRST = NOW - 90 * 24 * HOUR

/**
 * Another shape than Binance's: candles in two places with a budget for each, exclusive bounds, the newest of a window
 * first, and no question for the first row of all.
 */
function createRoute(begin: Route['begin']): Route<'ohlcv'> {
  const ask = (path: string, pool: string): Route<'ohlcv'>['questions'] => [
    {
      request: (symbol, { from, to }) => ({
        baseUrl: 'http://127.0.0.1:1',
        path,
        subject: symbol,
        query: { instId: symbol, before: from - 1, after: to, limit: PAGE },
        costs: { [pool]: 1 },
      }),
      parse(payload) {
        const times = payload as readonly number[]
        const numbers = { open: '1', high: '1', low: '1', close: '1', volume: '1', quoteVolume: '1' }
        const none = { trades: null, takerBuyVolume: null, takerBuyQuoteVolume: null }
        return { rows: times.map((ts) => ({ ts, ...numbers, ...none })), rejected: [], count: times.length }
      },
    },
  ]
  return {
    dataset: 'ohlcv',
    name: 'rest',
    shape: 'grid',
    stepMs: MINUTE,
    pageRows: PAGE,
    keeps: 'newest',
    edgeMs: 10 * MINUTE,
    questions: ask('history-candles', 'history'),
    recent: { reachMs: RECENT, questions: ask('candles', 'recent') },
    ...(begin && { begin }),
  }
}

interface Kept {
  /** Rows that an answer has at most, whatever was asked for. */
  readonly most?: number
  readonly listedSince?: number | null
  readonly passes?: number
}

/** So many passes over a window. */
async function fetchAll(
  begin: Route['begin'],
  window: Window,
  { most = PAGE, listedSince = null, passes = 1 }: Kept = {},
) {
  const { client, asked } = createFakeClient(({ path, query }) => {
    const [from, to] = [Number(query.before) + 1, Number(query.after)]
    if (path === 'candles' && from < NOW - RECENT) throw new Error('asked for what is not young')
    const times: number[] = []
    for (let ts = to - MINUTE; ts >= Math.max(from, FIRST) && times.length < most; ts -= MINUTE)
      times.push(ts)
    return times
  })
  const store = new MemoryStore()
  const job = new Job(createRoute(begin), { symbol: SYMBOL, isLive: true, listedSince })
  const options: PassOptions = {
    clientOf: () => client,
    store,
    events: new RunEventBus(),
    wanted: () => window,
    clock: { now: () => 0, sleep: async () => {} },
    signal: new AbortController().signal,
    now: NOW,
    venueNow: () => NOW,
    run: '00000000-0000-4000-8000-000000000001',
    pageSizes: new PageSizes(),
    refiners: {},
    isRefetch: false,
    concurrency: 1,
  }
  for (let pass = 1; pass <= passes; pass += 1) {
    job.renew()
    await runPass([job], options)
  }
  const { covered = [], absent = [] } = (await store.coverage('ohlcv', [SYMBOL])).get(SYMBOL) ?? {}
  const rows = store.rows.get(`ohlcv ${SYMBOL}`) ?? []
  return { asked, covered, absent, times: rows.map(({ ts }) => ts), job }
}

const minutes = ({ from, to }: Window): number[] =>
  Array.from({ length: (to - from) / MINUTE }, (_, at) => from + at * MINUTE)

describe('a route with other questions for what is young', () => {
  const window = { from: NOW - 2_000 * MINUTE, to: NOW }

  it('asks them where all of a page is young, and the others before', async () => {
    const { asked, covered, times } = await fetchAll(undefined, window)
    expect(asked.map(({ path }) => path)).toEqual([
      ...['history-candles', 'history-candles'],
      ...['candles', 'candles', 'candles', 'candles', 'candles'],
    ])
    expect(covered).toEqual([window])
    expect(times).toEqual(minutes(window))
  })

  it('is priced by both', () => {
    const { costs, requests } = estimateJob(createRoute(undefined), SYMBOL, [window], NOW)
    expect([costs, requests]).toEqual([{ history: 2, recent: 5 }, 7])
    expect(estimateJob(createRoute(undefined), SYMBOL, [window], NOW + HOUR).costs).toEqual({
      history: 3,
      recent: 4,
    })
  })
})

describe('the first row of a symbol, which no question tells', () => {
  const year = { from: NOW - 365 * 24 * HOUR, to: FIRST + 1_000 * MINUTE }
  const rows = { from: FIRST, to: year.to }

  it.each<[string, Route['begin'], Kept]>([
    ['its listing tells', 'listing', { listedSince: FIRST }],
    ['a listing tells that is too early', 'listing', { listedSince: FIRST - HOUR }],
    ['halving finds', 'bisect', {}],
    ['halving finds where answers are cut', 'bisect', { most: 100, passes: 3 }],
  ])('is where %s it', async (_, begin, kept) => {
    const { asked, times, covered } = await fetchAll(begin, year, kept)
    expect(times).toEqual(minutes(rows))
    expect(totalSpan(covered)).toBeGreaterThanOrEqual(totalSpan([rows]))
    // Of a year in pages of five hours.
    expect(asked.length).toBeLessThan(60)
  })

  it('and where it is not there at all everything is in doubt, and nothing covered', async () => {
    const before = { from: FIRST - 30 * 24 * HOUR, to: FIRST }
    const { times, covered, job } = await fetchAll('bisect', before)
    expect([times, covered]).toEqual([[], []])
    expect(job.reason).toBe(
      'unproven: the venue has no row there, which is believed when a later run finds the same; run the command again',
    )
  })
})
