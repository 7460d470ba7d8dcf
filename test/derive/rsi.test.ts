import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hashOf } from '../helpers/recorded.ts'
import { at, Desk, makeCloses, windowOf } from './desk.ts'
import { naiveRsi } from './naive.ts'

const SYMBOL = 'BTCUSDT'
let desk: Desk
beforeAll(async () => {
  desk = await Desk.open()
})
afterAll(() => desk[Symbol.asyncDispose]())
beforeEach(() => desk.clear())

const stored = () => desk.storedRsi(SYMBOL)

describe('RSI of stored candles', () => {
  it('is that of the definition, over many pages and batches, and a second run writes nothing', async () => {
    const closes = makeCloses(0, 42_000)
    await desk.put(SYMBOL, closes)
    expect(await desk.rsi(SYMBOL)).toEqual([])
    expect(hashOf(await stored())).toBe(hashOf(naiveRsi(closes)))
    expect(desk.takeWritten()).toEqual({ inserted: 41_986, updated: 0 })
    expect(await desk.coverage('rsi', SYMBOL)).toEqual({ covered: [[0, 42_000]], absent: [[0, 14]] })
    const before = await desk.database.sql`select updated_at::text from coverage where dataset = 'rsi'`
    await desk.rsi(SYMBOL)
    expect(await desk.database.sql`select updated_at::text from coverage where dataset = 'rsi'`).toEqual(
      before,
    )
  })

  it('is made in small parts, each in its turn, beside something that goes first', async () => {
    const closes = makeCloses(0, 5_500)
    await desk.put(SYMBOL, closes)
    const told: unknown[] = []
    const release = desk.events.on('batch:written', ({ rows }) => told.push(rows))
    const turn = async (): Promise<void> => void told.push('turn')
    const onProgress = (...progress: unknown[]): void => void told.push(progress)
    expect(await desk.rsi(SYMBOL, { manners: { minutesAtOnce: 2_000, turn, onProgress } })).toEqual([])
    release()
    expect(hashOf(await stored())).toBe(hashOf(naiveRsi(closes)))
    expect(told.filter((one) => one === 'turn')).toHaveLength(3)
    // Two are under way at once.
    expect(told.filter((one) => typeof one === 'number').toSorted((a, b) => a - b)).toEqual([
      1_500, 1_986, 2_000,
    ])
    expect(told.filter(Array.isArray)).toEqual([
      [SYMBOL, 2_000, 5_500],
      [SYMBOL, 4_000, 5_500],
      [SYMBOL, 5_500, 5_500],
    ])
    expect(await desk.coverage('rsi', SYMBOL)).toEqual({ covered: [[0, 5_500]], absent: [[0, 14]] })
  })

  it.each([[[5, 14, 15, 16, 100, 101, 999]], [[1, 13, 500, 777]]])(
    'is the same to the last bit when it is made in parts up to %j',
    async (parts) => {
      const closes = makeCloses(0, 1_000)
      await desk.put(SYMBOL, closes)
      for (const minute of parts) await desk.rsi(SYMBOL, { until: at(minute) })
      await desk.rsi(SYMBOL)
      expect(await stored()).toEqual(naiveRsi(closes))
      expect(desk.takeWritten()).toEqual({ inserted: 986, updated: 0 })
      expect(await desk.coverage('rsi', SYMBOL)).toEqual({ covered: [[0, 1_000]], absent: [[0, 14]] })
    },
  )

  it('goes on from the stored averages without reading what was before', async () => {
    await desk.put(SYMBOL, makeCloses(0, 100))
    await desk.rsi(SYMBOL)
    const before = await stored()
    await desk.database
      .sql`update rsi set avg_gain = 7, avg_loss = 3 where ts = to_timestamp(${at(99) / 1000})`
    const closes = makeCloses(0, 101)
    await desk.put(SYMBOL, new Map([...closes].slice(100)))
    await desk.rsi(SYMBOL)
    const change = Number(closes.get(100)) - Number(closes.get(99))
    const gain = (7 * 13 + Math.max(change, 0)) / 14
    const loss = (3 * 13 + Math.max(-change, 0)) / 14
    expect((await stored()).slice(99 - 14)[1]).toBe(`100 ${100 * (gain / (gain + loss))} ${gain} ${loss}`)
    expect((await stored()).slice(0, 85)).toEqual(before.slice(0, 85))
  })

  it('begins anew after a gap, which stays one, and after minutes that the venue does not have', async () => {
    const closes = new Map([...makeCloses(0, 50), ...makeCloses(60, 100), ...makeCloses(105, 115)])
    await desk.put(SYMBOL, closes, [windowOf(0, 50), windowOf(60, 120)])
    await desk.rsi(SYMBOL)
    expect(await stored()).toEqual(naiveRsi(closes))
    expect(await desk.coverage('rsi', SYMBOL)).toEqual({
      covered: [
        [0, 50],
        [60, 120],
      ],
      absent: [
        [0, 14],
        [60, 74],
        [100, 120],
      ],
    })
  })

  it('covers later what turns out to be absent', async () => {
    const closes = new Map([...makeCloses(0, 50), ...makeCloses(60, 100)])
    await desk.put(SYMBOL, closes)
    await desk.rsi(SYMBOL)
    desk.takeWritten()
    await desk.put(SYMBOL, new Map(), [windowOf(50, 60)])
    await desk.rsi(SYMBOL)
    expect(desk.takeWritten()).toEqual({ inserted: 0, updated: 0 })
    expect(await desk.coverage('rsi', SYMBOL)).toEqual({
      covered: [[0, 100]],
      absent: [
        [0, 14],
        [50, 74],
      ],
    })
  })

  it('is made anew behind a hole that is filled, and nowhere else', async () => {
    const closes = makeCloses(0, 200)
    const around = [...closes].filter(([minute]) => minute < 80 || minute >= 90)
    await desk.put(SYMBOL, new Map(around))
    await desk.rsi(SYMBOL)
    expect(await stored()).toEqual(naiveRsi(new Map(around)))
    desk.takeWritten()
    await desk.put(SYMBOL, new Map([...closes].slice(80, 90)))
    expect((await desk.coverage('rsi', SYMBOL)).covered).toEqual([[0, 80]])
    await desk.rsi(SYMBOL)
    expect(await stored()).toEqual(naiveRsi(closes))
    expect(desk.takeWritten()).toEqual({ inserted: 24, updated: 96 })
    expect(await desk.coverage('rsi', SYMBOL)).toEqual({ covered: [[0, 200]], absent: [[0, 14]] })
  })

  it('is made anew behind a candle that is corrected', async () => {
    const closes = makeCloses(0, 200)
    await desk.put(SYMBOL, closes)
    await desk.rsi(SYMBOL)
    const corrected = new Map([...closes, [150, '111.5'] as const])
    await desk.put(SYMBOL, new Map([[150, '111.5']]))
    await desk.rsi(SYMBOL)
    expect(await stored()).toEqual(naiveRsi(corrected))
    expect(await stored()).not.toEqual(naiveRsi(closes))
  })

  it('has other periods beside it', async () => {
    const closes = makeCloses(0, 300)
    await desk.put(SYMBOL, closes)
    await desk.rsi(SYMBOL)
    await desk.rsi(SYMBOL, { until: at(18) }, 21)
    await desk.rsi(SYMBOL, {}, 21)
    expect(await desk.storedRsi(SYMBOL, 21)).toEqual(naiveRsi(closes, 21))
    expect(await stored()).toEqual(naiveRsi(closes))
    expect(await desk.coverage('rsi', SYMBOL, '21')).toEqual({ covered: [[0, 300]], absent: [[0, 21]] })
    await desk.put(SYMBOL, new Map([[100, '90']]))
    expect((await desk.coverage('rsi', SYMBOL, '21')).covered).toEqual([[0, 100]])
    await desk.rsi(SYMBOL, {}, 21)
    expect(await desk.storedRsi(SYMBOL, 21)).toEqual(naiveRsi(new Map([...closes, [100, '90']]), 21))
  })
})

describe('candles that were loaded by hand', () => {
  it('need no coverage', async () => {
    const closes = new Map([...makeCloses(0, 50), ...makeCloses(60, 100)])
    await desk.load(SYMBOL, closes)
    await desk.rsi(SYMBOL)
    expect(await stored()).toEqual(naiveRsi(closes))
    expect((await desk.coverage('rsi', SYMBOL)).covered).toEqual([
      [0, 50],
      [60, 100],
    ])
  })

  it('before what is made already change all of it, also what is not asked for', async () => {
    const closes = makeCloses(0, 300)
    await desk.load(SYMBOL, new Map([...closes].slice(100)))
    await desk.rsi(SYMBOL)
    await desk.load(SYMBOL, new Map([...closes].slice(0, 100)))
    await desk.rsi(SYMBOL, { until: at(50) })
    expect(await stored()).toEqual(naiveRsi(closes))
    expect(await desk.coverage('rsi', SYMBOL)).toEqual({ covered: [[0, 300]], absent: [[0, 14]] })
  })

  it('in the middle of what is made count when it is to be made anew, to its end', async () => {
    const closes = makeCloses(0, 300)
    await desk.load(SYMBOL, closes)
    await desk.rsi(SYMBOL)
    await desk.load(SYMBOL, new Map([[40, '130']]))
    await desk.rsi(SYMBOL)
    expect(await stored()).toEqual(naiveRsi(closes))
    await desk.rsi(SYMBOL, { isRefetch: true, until: at(100) })
    expect(await stored()).toEqual(naiveRsi(new Map([...closes, [40, '130']])))
  })

  it('are not covered before what they change is made, however a run ends', async () => {
    const closes = makeCloses(0, 60_000)
    await desk.load(SYMBOL, new Map([...closes].slice(30_000)))
    await desk.rsi(SYMBOL)
    await desk.load(SYMBOL, new Map([...closes].slice(0, 30_000)))
    const abort = new AbortController()
    desk.events.on('batch:written', () => abort.abort(new Error('enough')))
    await expect(desk.rsi(SYMBOL, { signal: abort.signal })).rejects.toThrow('enough')
    expect((await desk.coverage('rsi', SYMBOL)).covered).toEqual([[30_000, 60_000]])
    await desk.rsi(SYMBOL)
    expect(hashOf(await stored())).toBe(hashOf(naiveRsi(closes)))
    expect((await desk.coverage('rsi', SYMBOL)).covered).toEqual([[0, 60_000]])
  })
})
