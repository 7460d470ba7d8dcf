import { describe, expect, it } from 'vitest'
import { VenueRefusedError } from '../../src/lib/errors.ts'
import { RunEventBus } from '../../src/lib/events.ts'
import type { Dataset } from '../../src/lib/model/market.ts'
import { DAY, HOUR, MINUTE, type Window } from '../../src/lib/model/window.ts'
import { Backfill } from '../../src/lib/pipeline/backfill.ts'
import { Batcher } from '../../src/lib/pipeline/batcher.ts'
import { Fetcher, type JobCommit } from '../../src/lib/pipeline/fetcher.ts'
import { Job, type JobSymbol, type Task } from '../../src/lib/pipeline/job.ts'
import { PageSizes } from '../../src/lib/plan/page-sizes.ts'
import type { ApiRequest } from '../../src/lib/venue/request.ts'
import type { Route } from '../../src/lib/venue/route.ts'
import { createBinance } from '../../src/venues/binance/index.ts'
import { createLiquidationRoute } from '../../src/venues/coinalyze/liquidations.ts'
import { createFakeClient, MemoryStore } from './fakes.ts'

const BASE = { baseUrl: 'http://127.0.0.1:1', key: 'k' }
const venue = createBinance({ binanceRestUrl: BASE.baseUrl })
const { oi } = venue.routes
if (!oi) throw new Error('binance has open interest')
const lq = createLiquidationRoute(BASE, 'A')

const STEP = 5 * MINUTE
const NOW = Date.UTC(2026, 1, 20, 12, 0, 30)
/** The first step that lies wholly inside of what is kept, with a minute to spare. */
const OLDEST = NOW - 30 * DAY + STEP - 30_000
const SYMBOL: JobSymbol = { symbol: 'BTCUSDT', isLive: true, listedSince: Date.UTC(2020, 0, 1) }

const RUN = '00000000-0000-4000-8000-000000000001'

type Answer = (request: ApiRequest) => unknown
interface Told {
  readonly type: string
  readonly severity: string
}

function createDesk(answer: Answer) {
  const { client, asked } = createFakeClient(answer)
  const store = new MemoryStore()
  const events = new RunEventBus()
  const failures: Told[] = []
  events.on('failure', ({ type, severity }) => failures.push({ type, severity }))
  const { signal } = new AbortController()
  const shared = { clientOf: () => client, store, events, signal, run: RUN, venueNow: () => NOW }
  const fetcher = new Fetcher({
    ...shared,
    now: NOW,
    isFresh: true,
    batcher: new Batcher(),
    refiners: {},
    pageSizes: new PageSizes(),
  })
  const run = (
    job: Job,
    task: Partial<Task> & { readonly window: Window },
  ): Promise<readonly JobCommit[]> => {
    job.ask()
    return fetcher.run({ job, kind: 'gap', attempt: 1, gapEnd: task.window.to, ...task })
  }
  /** The whole of a run over one window, without any waiting. */
  const backfill = ({ from, to }: Window, symbol = SYMBOL, dataset: Dataset = 'oi') =>
    new Backfill({
      ...shared,
      venue,
      clock: { now: () => 0, sleep: async () => {} },
      symbols: [symbol],
      datasets: [dataset],
      range: { since: from, until: to },
      concurrency: 2,
      isRefetch: false,
      readVenueTime: async () => NOW,
    }).run()
  const coveredOf = async (dataset: Dataset = 'oi') =>
    (await store.coverage(dataset, ['BTCUSDT'])).get('BTCUSDT')?.covered ?? []
  return { fetcher, run, backfill, asked, store, failures, coveredOf, events }
}

const timesOf = ({ from, to }: Window): number[] =>
  Array.from({ length: (to - from) / STEP }, (_, at) => from + at * STEP)

const rowOf = (timestamp: number) => ({
  symbol: 'BTCUSDT',
  sumOpenInterest: '2.5',
  sumOpenInterestValue: '100',
  timestamp,
})
const windowOf = ({ query }: ApiRequest): Window => ({
  from: Number(query.startTime),
  to: Number(query.endTime) + 1,
})
/** A row for each step. */
const everything: Answer = (request) => timesOf(windowOf(request)).map(rowOf)

const tooOld = (): VenueRefusedError =>
  new VenueRefusedError('binance refused it (-1130)', { details: { type: 'binance_-1130' } })
/** Keeps nothing from before `kept`. */
const keepsFrom =
  (kept: number): Answer =>
  (request) => {
    if (windowOf(request).from < kept) throw tooOld()
    return everything(request)
  }

describe('a window that the venue finds too old', () => {
  const window = { from: OLDEST, to: OLDEST + 500 * STEP }

  it('loses its beginning, and the rest is asked for', async () => {
    const { run, fetcher, failures } = createDesk(keepsFrom(OLDEST + 2 * MINUTE))
    const job = new Job(oi, SYMBOL)
    expect(await run(job, { window })).toEqual([])
    const rest = { from: OLDEST + STEP, to: window.to }
    expect(fetcher.followUps).toMatchObject([{ window: rest, attempt: 1, refusals: 1 }])
    expect(job.expiredWindows).toEqual([{ from: OLDEST, to: OLDEST + STEP }])
    const [task] = fetcher.followUps.splice(0)
    const [done] = task ? await fetcher.run(task) : []
    expect(done?.commit).toMatchObject({ covered: [rest], absent: [], rows: { count: 499 * 5 } })
    expect([job.isRefused, job.failedWindows, failures]).toEqual([false, [], []])
  })

  it('is cut further each time, four times, and then the job has failed', async () => {
    const { run, fetcher, asked, failures } = createDesk(() => {
      throw tooOld()
    })
    const job = new Job(oi, SYMBOL)
    await run(job, { window })
    for (let [task] = fetcher.followUps.splice(0); task; [task] = fetcher.followUps.splice(0))
      await fetcher.run(task)
    const begins = [0, STEP, HOUR, 6 * HOUR, DAY].map((beyond) => OLDEST + beyond)
    expect(asked.map((request) => windowOf(request))).toEqual(begins.map((from) => ({ from, to: window.to })))
    expect(job.expiredWindows).toEqual([{ from: OLDEST, to: OLDEST + DAY }])
    expect(job.isRefused).toBe(true)
    expect(job.failedWindows).toEqual([{ from: OLDEST + DAY, to: window.to }])
    expect(failures).toEqual([{ type: 'venue_refused', severity: 'error' }])
  })

  it('is over where nothing of it is left', async () => {
    const { run, fetcher, failures } = createDesk(keepsFrom(OLDEST + DAY))
    const job = new Job(oi, SYMBOL)
    const small = { from: OLDEST, to: OLDEST + STEP }
    expect(await run(job, { window: small })).toEqual([])
    expect([fetcher.followUps, job.expiredWindows, failures]).toEqual([[], [small], []])
  })

  it('is the end of history to a whole run, not a lack', async () => {
    const { backfill, coveredOf } = createDesk(keepsFrom(OLDEST + 20 * MINUTE))
    const result = await backfill(window)
    expect(result).toMatchObject({ lacks: [], expiredMinutes: 60, absentMinutes: 0 })
    expect(await coveredOf()).toEqual([{ from: OLDEST + HOUR, to: window.to }])
  })
})

describe('the same refusal far inside of what is kept', () => {
  const window = { from: OLDEST + DAY, to: OLDEST + DAY + 100 * STEP }

  it('is a refusal: nothing more is asked of the symbol', async () => {
    const { run, fetcher, failures } = createDesk(() => {
      throw tooOld()
    })
    const job = new Job(oi, SYMBOL)
    expect(await run(job, { window })).toEqual([])
    expect([job.isRefused, fetcher.followUps]).toEqual([true, []])
    expect([job.failedWindows, job.expiredWindows]).toEqual([[window], []])
    expect(failures).toEqual([{ type: 'venue_refused', severity: 'error' }])
  })

  it('is a lack of a whole run, with what the venue said', async () => {
    const { backfill, asked, coveredOf } = createDesk(() => {
      throw tooOld()
    })
    const result = await backfill(window)
    const reason = 'binance refused it (-1130)'
    expect(result).toMatchObject({
      lacks: [{ symbol: 'BTCUSDT', dataset: 'oi', minutes: 500, reason }],
      expiredMinutes: 0,
    })
    expect([asked.length, await coveredOf()]).toEqual([1, []])
  })
})

describe('a page without any row', () => {
  const window = { from: NOW - 10 * DAY - 30_000, to: NOW - 9 * DAY - 30_000 }

  it('is in doubt: it is asked about as a whole, with what lies around it', async () => {
    const { run, fetcher, asked } = createDesk(() => [])
    const job = new Job(oi, SYMBOL)
    expect(await run(job, { window })).toEqual([])
    expect(fetcher.followUps).toMatchObject([{ kind: 'prove', window }])
    const [task] = fetcher.followUps.splice(0)
    expect(task && (await fetcher.run(task))).toEqual([])
    expect(asked.map(windowOf)).toEqual([window, { from: window.from - 2 * STEP, to: window.to + 2 * STEP }])
    expect([job.unansweredWindows, job.failedWindows]).toEqual([[window], []])
  })

  it.each([
    ['trades', SYMBOL],
    ['does not trade', { ...SYMBOL, isLive: false }],
    ['was not listed yet', { ...SYMBOL, listedSince: window.from }],
  ])('of one that %s is never covered, however often the run asks', async (_, symbol) => {
    const { backfill, asked, coveredOf } = createDesk(() => [])
    const { lacks, absentMinutes } = await backfill(window, symbol)
    expect(lacks).toMatchObject([{ symbol: 'BTCUSDT', dataset: 'oi', minutes: 1_440 }])
    expect([asked.length, absentMinutes, await coveredOf()]).toEqual([12, 0, []])
  })

  it('is covered where it comes in a later pass', async () => {
    let answers = 0
    const { backfill, coveredOf } = createDesk((request) => (++answers < 4 ? [] : everything(request)))
    expect((await backfill(window)).lacks).toEqual([])
    expect([answers, await coveredOf()]).toEqual([5, [window]])
  })

  it('of one whose trading has ended before is absent when two answers agree', async () => {
    const { backfill, asked, coveredOf } = createDesk(() => [])
    const ended = { ...SYMBOL, isLive: false, endsAt: window.from }
    expect(await backfill(window, ended)).toMatchObject({ lacks: [], absentMinutes: 1_440 })
    expect([asked.length, await coveredOf()]).toEqual([3, [window]])
  })
})

describe('a record that may have been cut', () => {
  const window = { from: NOW - 6 * HOUR - 30_000, to: NOW - 4 * HOUR - 30_000 }
  const [MORE, ALL] = [DAY, 400 * DAY]
  const viewsOf = (asked: readonly ApiRequest[]) =>
    asked.map(({ query }) => ({ from: Number(query.from) * 1_000, to: (Number(query.to) + 1) * 1_000 }))
  /** `[minute of the window, longs, shorts]`. */
  const historyOf = (points: readonly (readonly [number, string, string])[]) => [
    {
      symbol: 'BTCUSDT',
      history: points.map(([minute, l, s]) => ({ t: (window.from + minute * MINUTE) / 1_000, l, s })),
    },
  ]
  const run = async (answers: readonly unknown[], source: Route = lq) => {
    let turn = 0
    const desk = createDesk(() => answers[turn++] ?? [])
    const job = new Job(source, SYMBOL)
    const first = await desk.run(job, { window })
    const followUps = desk.fetcher.followUps.splice(0)
    const later: JobCommit[] = []
    for (const task of followUps) later.push(...(await desk.fetcher.run(task)))
    return { ...desk, job, first, followUps, later }
  }

  it('is trusted where both sides have begun before, and asked for once', async () => {
    const points = [
      [-90, '0', '1'],
      [-80, '2', '0'],
      [7, '1.5', '0'],
      [9, '0', '0.25'],
    ] as const
    const { first, followUps, asked, job } = await run([historyOf(points)])
    expect(first[0]?.commit).toMatchObject({ covered: [window], absent: [] })
    const row = { source: 'coinalyze', observedSeconds: null }
    expect(first[0]?.commit.rows).toMatchObject({
      rows: [
        { ...row, ts: window.from + 7 * MINUTE, longVolume: '1.5', shortVolume: '0' },
        { ...row, ts: window.from + 9 * MINUTE, longVolume: '0', shortVolume: '0.25' },
      ],
    })
    expect(viewsOf(asked)).toEqual([{ from: window.from - MORE, to: NOW - 30_000 }])
    expect([followUps, job.expiredWindows]).toEqual([[], []])
  })

  it('is asked for with a wider view the second time, and what that proves is covered', async () => {
    const answers = [
      historyOf([[3, '1', '0']]),
      historyOf([
        [-9_000, '0', '4'],
        [-8_000, '1', '0'],
        [3, '1', '0'],
      ]),
    ]
    const { first, followUps, later, asked, job } = await run(answers)
    expect(first).toEqual([])
    expect(followUps).toMatchObject([{ window, attempt: 2 }])
    expect(viewsOf(asked)).toEqual([
      { from: window.from - MORE, to: NOW - 30_000 },
      { from: window.from - ALL, to: NOW - 30_000 },
    ])
    expect(later[0]?.commit).toMatchObject({ covered: [window], rows: { count: 1 } })
    expect([job.expiredWindows, job.failedWindows]).toEqual([[], []])
  })

  it('is expired up to where both sides begin', async () => {
    const points = [
      [3, '1', '0'],
      [20, '0', '1'],
      [30, '2', '2'],
    ] as const
    const { later, job, failures, fetcher } = await run([historyOf(points), historyOf(points)])
    const begin = window.from + 20 * MINUTE
    expect(later[0]?.commit).toMatchObject({
      covered: [{ from: begin, to: window.to }],
      absent: [],
      rows: { rows: [{ ts: begin }, { ts: window.from + 30 * MINUTE }] },
    })
    expect(job.expiredWindows).toEqual([{ from: window.from, to: begin }])
    expect([job.failedWindows, failures, fetcher.followUps]).toEqual([[], [], []])
  })

  it('of which nothing is there proves nothing: the window has failed', async () => {
    const { later, job, asked, fetcher } = await run([[], []])
    expect(later).toEqual([])
    expect([asked.length, fetcher.followUps]).toEqual([2, []])
    expect([job.failedWindows, job.expiredWindows, job.isRefused]).toEqual([[window], [], false])
    expect(job.reason).toBe('coinalyze has no row of it on record, which proves nothing')
  })

  const inView =
    (points: readonly (readonly [number, string, string])[]): Answer =>
    ({ query }) => [
      {
        symbol: 'BTCUSDT',
        history: points
          .map(([minute, l, s]) => ({ t: (window.from + minute * MINUTE) / 1_000, l, s }))
          .filter(({ t }) => t >= Number(query.from) && t <= Number(query.to)),
      },
    ]
  const runAll = async (points: readonly (readonly [number, string, string])[]) => {
    const desk = createDesk(inView(points))
    const job = new Job(lq, SYMBOL)
    const done = [...(await desk.run(job, { window }))]
    for (const task of desk.fetcher.followUps.splice(0)) done.push(...(await desk.fetcher.run(task)))
    return { done, job }
  }

  it('is not taken for one-sided because the other side begins only after the window', async () => {
    const { done, job } = await runAll([
      [3, '1', '0'],
      [200, '0', '2'],
      [210, '1', '0'],
    ])
    expect([done, job.expiredWindows, job.failedWindows]).toEqual([[], [window], []])
  })

  it('is expired, not failed, where both sides begin only after the window', async () => {
    const { done, job } = await runAll([
      [200, '0', '2'],
      [210, '1', '0'],
    ])
    expect([done, job.expiredWindows, job.failedWindows]).toEqual([[], [window], []])
  })
})

describe('a write that finds its basis changed', () => {
  const window = { from: NOW - 3 * DAY - 30_000, to: NOW - 2 * DAY - 30_000 }

  it('stores nothing; the next pass asks again', async () => {
    const { backfill, asked, store, coveredOf, events } = createDesk(everything)
    store.staleWrites = 1
    let told = 0
    events.on('batch:written', ({ inserted }) => (told += inserted))
    expect((await backfill(window)).lacks).toEqual([])
    expect(asked.map(windowOf)).toEqual([window, window])
    expect([store.writes, told, await coveredOf()]).toEqual([2, 1_440, [window]])
    expect(store.rows.get('oi BTCUSDT')?.length).toBe(1_440)
  })

  it('each time is a lack at last', async () => {
    const { backfill, store, coveredOf } = createDesk(everything)
    store.staleWrites = Number.POSITIVE_INFINITY
    const { lacks } = await backfill(window)
    expect(lacks).toMatchObject([{ symbol: 'BTCUSDT', dataset: 'oi', reason: 'not fetched' }])
    expect(await coveredOf()).toEqual([])
  })
})
