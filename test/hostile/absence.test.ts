import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../src/lib/model/market.ts'
import { DAY, HOUR, MINUTE, type Window } from '../../src/lib/model/window.ts'
import { storedCoverage } from '../helpers/coverage-rows.ts'
import { hashOf, storedCandles, wireCandles } from '../helpers/recorded.ts'
import type { Lie } from './liar.ts'
import { createScene, type Scene } from './scene.ts'

const DAYS: Window = { from: Date.UTC(2026, 1, 1), to: Date.UTC(2026, 1, 3) }
const SYMBOL = 'BTCUSDT'
const NOW = DAYS.to + HOUR
const HOLE: Window = { from: DAYS.from + 10 * HOUR, to: DAYS.from + 10 * HOUR + 5 * MINUTE }
const LONG: Window = { from: DAYS.from + 8 * HOUR, to: DAYS.from + 32 * HOUR }

const timeOf = (row: Record<string | number, unknown>): number =>
  Number(row[0] ?? row.fundingTime ?? row.timestamp)
const without =
  ({ from, to }: Window): Lie =>
  (rows) =>
    rows.filter((row) => timeOf(row) < from || timeOf(row) >= to)
const nothing: Lie = () => []
const first =
  (count: number): Lie =>
  (rows) =>
    rows.slice(0, count)
const last =
  (count: number): Lie =>
  (rows) =>
    rows.slice(-count)
/** The lie for the first so many questions, then the truth. */
const atFirst =
  (count: number, lie: Lie): Lie =>
  (rows, question) =>
    question.turn < count ? lie(rows, question) : rows

const ENDPOINTS: Readonly<Record<string, readonly string[]>> = {
  ohlcv: ['klines'],
  funding: ['fundingRate'],
  oi: ['openInterestHist'],
  lsr: ['topLongShortPositionRatio'],
}

/** The truth in the tables and all of it covered, nothing absent. */
async function expectWhole({ simulator, database }: Scene, dataset: Dataset, absent: readonly Window[] = []) {
  const [job] = await storedCoverage(database.sql, [dataset])
  expect(job).toEqual({ symbol: SYMBOL, dataset, covered: [DAYS], absent })
  if (dataset !== 'ohlcv') return
  const isThere = (ts: number) => !absent.some(({ from, to }) => ts >= from && ts < to)
  const candles = simulator.truth.candles(SYMBOL, DAYS).filter(([openTime]) => isThere(openTime))
  expect(hashOf(await storedCandles(database.sql))).toBe(hashOf(wireCandles(SYMBOL, candles).toSorted()))
}

const orderOf = (dataset: Dataset) => ({ symbol: SYMBOL, datasets: [dataset], window: DAYS })
const world = (hole?: Window) =>
  createScene({
    clock: { startAt: NOW, rate: 0 },
    ...(hole ? { permanentHoles: { [SYMBOL]: [hole] } } : {}),
  })

describe.each(['ohlcv', 'funding', 'oi', 'lsr'] as const)('answers about %s', (dataset) => {
  const endpoints = ENDPOINTS[dataset] ?? []

  it.each<[string, Lie]>([
    ['are empty for some seconds', atFirst(6, nothing)],
    ['hold only their first rows', first(dataset === 'funding' ? 2 : 100)],
    ['hold only their last rows', last(dataset === 'funding' ? 2 : 100)],
    ['leave out what begins them, once', atFirst(1, (rows) => rows.slice(3))],
    ['leave out what ends them, once', atFirst(1, (rows) => rows.slice(0, -3))],
    ['leave out a stretch in the middle, once', atFirst(1, without({ from: LONG.from, to: LONG.to }))],
  ])('that %s: nothing is lost in one run', async (_, lie) => {
    await using scene = await world()
    scene.liar.tell(lie, endpoints)
    const { exit, error, result } = await scene.run(orderOf(dataset))
    expect([error, exit, result?.lacks]).toEqual([undefined, 0, []])
    await expectWhole(scene, dataset)
  })

  it('that are empty all the time: nothing is covered, and the next run brings it', async () => {
    await using scene = await world()
    scene.liar.tell(nothing, endpoints)
    const { exit, result } = await scene.run(orderOf(dataset))
    expect([exit, result?.absentMinutes]).toEqual([3, 0])
    expect((await storedCoverage(scene.database.sql, [dataset])).flatMap(({ covered }) => covered)).toEqual(
      [],
    )
    expect((await scene.run(orderOf(dataset))).exit).toBe(3)
    expect((await storedCoverage(scene.database.sql, [dataset])).flatMap(({ covered }) => covered)).toEqual(
      [],
    )
    scene.liar.tell(undefined)
    expect((await scene.run(orderOf(dataset))).exit).toBe(0)
    await expectWhole(scene, dataset)
  })
})

describe('a stretch that the venue does not have', () => {
  it('between two rows is believed at once, by two answers, and not asked for again', async () => {
    await using scene = await world(HOLE)
    const { exit, result } = await scene.run(orderOf('ohlcv'))
    expect([exit, result?.absentMinutes]).toEqual([0, 5])
    await expectWhole(scene, 'ohlcv', [HOLE])
    expect((await scene.run(orderOf('ohlcv'))).requests).toBe(0)
  })

  it('at the end of an answer is believed at once, by two answers with a row on either side', async () => {
    const end = DAYS.from + 499 * MINUTE
    const hole = { from: end - 3 * MINUTE, to: end + 2 * MINUTE }
    await using scene = await world(hole)
    const { exit, result } = await scene.run(orderOf('ohlcv'))
    expect([exit, result?.absentMinutes, result?.unprovenMinutes]).toEqual([0, 5, 0])
    await expectWhole(scene, 'ohlcv', [hole])
  })

  it('longer than an answer is unproven in one run, and absent in the next', async () => {
    await using scene = await world(LONG)
    const one = await scene.run(orderOf('ohlcv'))
    expect([one.exit, one.result?.absentMinutes, one.result?.unprovenMinutes]).toEqual([3, 0, 1_440])
    expect(one.result?.lacks).toEqual([
      { symbol: SYMBOL, dataset: 'ohlcv', minutes: 1_440, reason: expect.stringContaining('unproven') },
    ])
    expect(one.failures.filter(({ type }) => type === 'unproven')).toHaveLength(1)
    const other = await scene.run(orderOf('ohlcv'))
    expect([other.exit, other.result?.absentMinutes, other.result?.unprovenMinutes]).toEqual([0, 1_440, 0])
    await expectWhole(scene, 'ohlcv', [LONG])
    const evidence = await scene.database.sql`
      select distinct execution_id from absences where stretch = ${`[${new Date(LONG.from).toISOString()},${new Date(LONG.to).toISOString()})`}`
    expect(evidence).toHaveLength(2)
  })

  it('and is there in the next run is fetched', async () => {
    await using scene = await world()
    scene.liar.tell(without(LONG), ['klines'])
    expect((await scene.run(orderOf('ohlcv'))).exit).toBe(3)
    scene.liar.tell(undefined)
    expect((await scene.run(orderOf('ohlcv'))).exit).toBe(0)
    await expectWhole(scene, 'ohlcv')
  })

  it('is asked for again minutes later by a run that lasts so long', async () => {
    await using scene = await world(LONG)
    let told = 0
    scene.liar.tell(
      (rows) => {
        told += 1
        // Each question takes the venue a minute.
        scene.simulator.advance(MINUTE)
        return rows
      },
      ['klines'],
    )
    const { exit, result } = await scene.run(orderOf('ohlcv'))
    expect([exit, result?.absentMinutes]).toEqual([0, 1_440])
    expect(told).toBeGreaterThan(6)
    await expectWhole(scene, 'ohlcv', [LONG])
  })

  it('where rows are stored already is not made absent by a later answer without them', async () => {
    await using scene = await world()
    expect((await scene.run(orderOf('ohlcv'))).exit).toBe(0)
    scene.liar.tell(without(HOLE), ['klines'])
    const { result } = await scene.run({ ...orderOf('ohlcv'), isRefetch: true })
    expect(result?.absentMinutes).toBe(0)
    await expectWhole(scene, 'ohlcv')
  })
})

describe('a symbol', () => {
  const since = (from: number, symbol: string, dataset: Dataset = 'ohlcv') => ({
    symbol,
    datasets: [dataset],
    window: { from, to: DAYS.from },
  })

  it('that was listed inside the window is whole in one run, absent before its first candle', async () => {
    const listed = Date.UTC(2025, 9, 8, 6, 30)
    await using scene = await world()
    const order = {
      ...since(listed - 20 * DAY, '币安人生USDT'),
      window: { from: listed - 20 * DAY, to: listed + DAY },
    }
    const { exit, result } = await scene.run(order)
    expect([exit, result?.absentMinutes]).toEqual([0, 20 * 1_440])
  })

  it('with a flat market has rows of volume 0, which are rows', async () => {
    await using scene = await world()
    const { exit, result } = await scene.run({ symbol: 'IOSTUSDT', datasets: ['ohlcv'], window: DAYS })
    expect([exit, result?.absentMinutes]).toEqual([0, 0])
    const [flat] = await scene.database.sql`select count(*)::int as flat from ohlcv where volume = 0`
    expect(flat?.flat).toBeGreaterThan(100)
  })

  it('that ends is believed to have ended when two runs say so', async () => {
    const ended = DAYS.from + DAY
    await using scene = await world()
    scene.liar.tell(
      (rows, { endpoint }) =>
        endpoint === 'klines'
          ? without({ from: ended, to: Number.POSITIVE_INFINITY })(rows, {
              endpoint,
              query: new URLSearchParams(),
              turn: 0,
            })
          : {
              ...(rows as object),
              symbols: (rows as { symbols?: { symbol: string }[] }).symbols?.filter(
                ({ symbol }) => symbol !== SYMBOL,
              ),
            },
      ['klines', 'exchangeInfo'],
    )
    const one = await scene.run(orderOf('ohlcv'))
    expect([one.exit, one.result?.unprovenMinutes]).toEqual([3, 1_440])
    const other = await scene.run(orderOf('ohlcv'))
    expect([other.exit, other.result?.absentMinutes]).toEqual([0, 1_440])
  })

  it('that trades and has no later row is never believed to have ended', async () => {
    await using scene = await world()
    scene.liar.tell(without({ from: LONG.from, to: Number.POSITIVE_INFINITY }), ['klines'])
    for (const _ of [1, 2]) {
      const { exit, result } = await scene.run(orderOf('ohlcv'))
      expect([exit, result?.absentMinutes]).toEqual([3, 0])
    }
  })
})

describe('the newest settlements', () => {
  it('that the venue leaves out are a lack, in each run, until they are there', async () => {
    await using scene = await world()
    const cut = DAYS.from + 20 * HOUR
    scene.liar.tell(without({ from: cut, to: Number.POSITIVE_INFINITY }), ['fundingRate'])
    for (const _ of [1, 2]) {
      const { exit, result } = await scene.run(orderOf('funding'))
      expect([exit, result?.lacks[0]?.reason]).toEqual([3, expect.stringContaining('none after it')])
      const [job] = await storedCoverage(scene.database.sql, ['funding'])
      expect(job?.covered.every(({ to }) => to <= cut)).toBe(true)
    }
    scene.liar.tell(undefined)
    expect((await scene.run(orderOf('funding'))).exit).toBe(0)
    await expectWhole(scene, 'funding')
  })
})

describe('one of three ratios', () => {
  it('that ends early keeps the others, uncovered, and is asked for again', async () => {
    await using scene = await world()
    const cut = DAYS.from + 20 * HOUR
    scene.liar.tell(without({ from: cut, to: Number.POSITIVE_INFINITY }), ['topLongShortPositionRatio'])
    expect((await scene.run(orderOf('lsr'))).exit).toBe(3)
    const [row] = await scene.database.sql`
      select count(*)::int as rows, count(top_position_ratio)::int as positions from long_short_ratio`
    expect(row).toEqual({ rows: 2_880, positions: 1_200 })
    const [job] = await storedCoverage(scene.database.sql, ['lsr'])
    expect(job?.covered).toEqual([{ from: DAYS.from, to: cut }])
    scene.liar.tell(undefined)
    expect((await scene.run(orderOf('lsr'))).exit).toBe(0)
    await expectWhole(scene, 'lsr')
    const [whole] = await scene.database
      .sql`select count(top_position_ratio)::int as positions from long_short_ratio`
    expect(whole).toEqual({ positions: 2_880 })
  })
})

describe('a settlement that is due', () => {
  const due = DAYS.from + 16 * HOUR
  it('and is not there is missing in one run and told as absent by the next', async () => {
    await using scene = await world()
    scene.liar.tell(without({ from: due - MINUTE, to: due + MINUTE }), ['fundingRate'])
    const one = await scene.run(orderOf('funding'))
    expect(one.exit).toBe(3)
    expect(one.result?.lacks[0]?.reason).toContain('unproven')
    const other = await scene.run(orderOf('funding'))
    expect([other.exit, other.result?.absentMinutes]).toEqual([0, 1])
    await expectWhole(scene, 'funding', [{ from: due, to: due + MINUTE }])
  })
})
