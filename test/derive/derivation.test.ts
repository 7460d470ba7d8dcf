import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Derivation, type DerivationOptions } from '../../src/lib/derive/derivation.ts'
import type { RunEventName } from '../../src/lib/events.ts'
import { hashOf } from '../helpers/recorded.ts'
import { at, Desk, interrupt, makeCloses, windowOf } from './desk.ts'
import { closesOfIndex, naiveIndex, naiveRsi } from './naive.ts'

let desk: Desk
beforeAll(async () => {
  desk = await Desk.open()
})
afterAll(() => desk[Symbol.asyncDispose]())
beforeEach(() => desk.clear())

const MARKET = { AUSDT: makeCloses(0, 100, 1), BUSDT: makeCloses(20, 100, 2), CUSDT: makeCloses(0, 60, 3) }

const derivation = (change: Partial<DerivationOptions> = {}): Derivation =>
  new Derivation({
    ...desk.options(),
    symbols: ['AUSDT', 'BUSDT'],
    since: at(20),
    until: undefined,
    now: at(100),
    ...change,
  })

/** What happens until `stop` is called, as `name payload`. */
function record<Name extends RunEventName>(...names: Name[]): { seen: unknown[]; stop: () => void } {
  const seen: unknown[] = []
  const stops = names.map((name) => desk.events.on(name, (payload) => seen.push([name, payload])))
  return { seen, stop: () => stops.forEach((stop) => void stop()) }
}

async function putAll(): Promise<void> {
  for (const [symbol, closes] of Object.entries(MARKET)) await desk.put(symbol, closes)
}

describe('a derivation', () => {
  it('makes the RSI of its symbols, the index of all, and its RSI', async () => {
    await putAll()
    const { seen, stop } = record('run:plan', 'job:done', 'job:failed', 'failure')
    expect(await derivation().run()).toEqual({ lacks: [], absentMinutes: 14 })
    stop()
    expect(await desk.storedRsi('AUSDT')).toEqual(naiveRsi(MARKET.AUSDT))
    expect(await desk.storedRsi('BUSDT')).toEqual(naiveRsi(MARKET.BUSDT))
    expect(await desk.storedRsi('CUSDT')).toEqual([])
    expect(await desk.storedIndex()).toEqual(naiveIndex(MARKET))
    expect(await desk.storedRsi('MT')).toEqual(naiveRsi(closesOfIndex(naiveIndex(MARKET))))
    const jobs = [
      { dataset: 'rsi', rows: 280, minutes: 280, requests: 0, costs: {} },
      { dataset: 'mt', rows: 100, minutes: 100, requests: 0, costs: {} },
    ]
    expect(seen[0]).toEqual(['run:plan', { symbols: 2, jobs }])
    const done = [
      { dataset: 'rsi', symbol: 'AUSDT' },
      { dataset: 'rsi', symbol: 'BUSDT' },
      { dataset: 'mt', symbol: 'MT' },
      { dataset: 'rsi', symbol: 'MT' },
    ].map((job) => ['job:done', job])
    expect(seen.slice(1)).toHaveLength(4)
    expect(seen.slice(1)).toEqual(expect.arrayContaining(done))
    expect(seen.slice(3)).toEqual(done.slice(2))
  })

  it('plans without making anything', async () => {
    await putAll()
    await desk.rsi('AUSDT', { until: at(40) })
    const jobs = (await derivation().plan()).map(({ dataset, symbol, gaps, rows }) => ({
      dataset,
      symbol,
      gaps,
      rows,
    }))
    expect(jobs).toEqual([
      { dataset: 'rsi', symbol: 'AUSDT', gaps: [windowOf(40, 100)], rows: 60 },
      { dataset: 'rsi', symbol: 'BUSDT', gaps: [windowOf(20, 100)], rows: 80 },
      { dataset: 'mt', symbol: 'MT', gaps: [windowOf(0, 100)], rows: 100 },
      { dataset: 'rsi', symbol: 'MT', gaps: [windowOf(0, 100)], rows: 100 },
    ])
    expect(await desk.storedIndex()).toEqual([])
    await derivation().run()
    expect(await derivation().plan()).toEqual([])
  })

  it('tells of a symbol without candles, and makes the others', async () => {
    await putAll()
    const { seen, stop } = record('job:failed', 'failure')
    const { lacks } = await derivation({ symbols: ['XUSDT', 'AUSDT'], until: at(50) }).run()
    stop()
    const reason = 'no candles are stored: run `perpctl backfill ohlcv --symbols XUSDT` first'
    expect(lacks).toEqual([{ symbol: 'XUSDT', dataset: 'rsi', minutes: 30, reason }])
    const message = `rsi of XUSDT: ${reason}`
    expect(seen).toEqual([
      ['job:failed', { dataset: 'rsi', symbol: 'XUSDT', reason }],
      [
        'failure',
        {
          type: 'not_made',
          message,
          details: { symbol: 'XUSDT', dataset: 'rsi', minutes: 30 },
          severity: 'error',
        },
      ],
    ])
    expect(await desk.storedRsi('AUSDT')).toEqual(naiveRsi(MARKET.AUSDT).slice(0, 36))
  })

  it('tells of candles that are missing, and not of those that the venue does not have', async () => {
    const closes = new Map([...makeCloses(10, 50), ...makeCloses(55, 60), ...makeCloses(70, 100)])
    await desk.put('AUSDT', closes, [windowOf(10, 60), windowOf(70, 100)])
    expect((await derivation({ symbols: ['AUSDT'], since: at(0) }).run()).lacks).toEqual([
      {
        symbol: 'AUSDT',
        dataset: 'rsi',
        minutes: 20,
        reason: 'candles are missing: run `perpctl backfill ohlcv --symbols AUSDT`',
      },
    ])
    expect((await derivation({ symbols: ['AUSDT'], since: at(70) }).run()).lacks).toEqual([])
  })

  it('tells where candles end too early', async () => {
    await desk.put('AUSDT', MARKET.AUSDT)
    const run = (now: number, until?: number) =>
      derivation({
        symbols: ['AUSDT'],
        now: at(now) + 59_999,
        until: until === undefined ? until : at(until),
      }).run()
    expect((await run(115)).lacks).toEqual([])
    expect((await run(116)).lacks).toEqual([
      {
        symbol: 'AUSDT',
        dataset: 'rsi',
        minutes: 16,
        reason: 'the candles end at 2026-02-01 01:40:00 UTC: run `perpctl backfill ohlcv --symbols AUSDT`',
      },
    ])
    expect((await run(500, 100)).lacks).toEqual([])
    expect((await run(500, 105)).lacks.map(({ minutes }) => minutes)).toEqual([5])
    await desk.put('AUSDT', new Map(), [windowOf(100, 500)])
    expect((await run(500)).lacks).toEqual([])
  })

  it('leaves the RSI of the index for later where the index could not be made', async () => {
    await putAll()
    const store = interrupt(desk.store, async (write) => {
      if (write > 2) await desk.put('CUSDT', new Map([[5, `${100 + write}`]]))
    })
    const { lacks } = await derivation({ store }).run()
    expect(lacks.map(({ symbol, dataset }) => [symbol, dataset])).toEqual([['MT', 'mt']])
    expect(await desk.storedRsi('MT')).toEqual([])
  })

  it('writes what it has in hand when it is aborted, and goes on from there', async () => {
    const closes = makeCloses(0, 100_000)
    await desk.put('AUSDT', closes)
    const abort = new AbortController()
    const reason = new Error('interrupted')
    const stop = desk.events.on('batch:written', () => abort.abort(reason))
    await expect(derivation({ signal: abort.signal, now: at(100_000) }).run()).rejects.toBe(reason)
    stop()
    const [[from, to] = []] = (await desk.coverage('rsi', 'AUSDT')).covered ?? []
    expect(from).toBe(0)
    expect(to).toBeLessThan(100_000)
    expect(await desk.storedRsi('AUSDT')).toHaveLength(Number(to) - 14)
    await derivation({ symbols: ['AUSDT'], now: at(100_000) }).run()
    expect(hashOf(await desk.storedRsi('AUSDT'))).toBe(hashOf(naiveRsi(closes)))
    expect(desk.takeWritten().updated).toBe(0)
  })

  it('stops with the error of the database', async () => {
    await putAll()
    const store = interrupt(desk.store, () => Promise.reject(new Error('the disk is full')))
    await expect(derivation({ store }).run()).rejects.toThrow('the disk is full')
    expect(await desk.storedRsi('AUSDT')).toEqual([])
  })
})
