import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/lib/model/window.ts'
import { startSimulator, type VenueSimulator } from '../../src/sim/index.ts'
import {
  askFor,
  askHistory,
  BTC,
  type HistoryRow,
  KEY,
  lastDay,
  NOW,
  OPEN_MINUTE,
  readHistories,
  readRows,
  startCoinalyze,
  toRow,
} from '../helpers/coinalyze.ts'
import { ask } from '../helpers/simulator.ts'

let simulator: VenueSimulator
beforeAll(async () => {
  simulator = await startCoinalyze({ hasLimits: false })
})
afterAll(() => simulator.close())

describe('/liquidation-history', () => {
  it('tells the minutes with liquidations, ascending, as exact JSON numbers', async () => {
    const truth = simulator.truth.liquidations('BTCUSDT', { from: OPEN_MINUTE - DAY, to: NOW + HOUR })
    const reply = await askHistory(simulator, { to: lastDay.to - 60 })
    const items = truth.map(({ t, long, short }) => `{"t":${t / 1_000},"l":${long},"s":${short}}`)
    expect(items.length).toBeGreaterThan(40)
    expect(items.length).toBeLessThan(1_440 / 3)
    expect(reply.text).toBe(`[{"symbol":"${BTC}","history":[${items.join(',')}]}]`)
    expect(truth.map(({ t }) => t)).toEqual(truth.map(({ t }) => t).toSorted((a, b) => a - b))
  })

  it('takes both ends inclusive, on the start of the bucket', async () => {
    const rows = await readRows(simulator)
    const [from = 0, to = 0] = [rows[3]?.t, rows[9]?.t]
    expect(await readRows(simulator, { from, to })).toEqual(rows.slice(3, 10))
    expect(await readRows(simulator, { from: from + 1, to: to - 1 })).toEqual(rows.slice(4, 9))
    expect(await readRows(simulator, { from: from - 59, to: to + 59 })).toEqual(rows.slice(3, 10))
    expect(await readRows(simulator, { from, to: from })).toEqual([rows[3]])
  })

  it('leaves out symbols that nobody knows, and those without a row', async () => {
    const asked = `NOUSDT_PERP.A,ETHUSDT_PERP.A,BTCUSDT.6,${BTC},MATICUSDT_PERP.A`
    const histories = await readHistories(simulator, { symbols: asked })
    expect(histories.map(({ symbol }) => symbol)).toEqual(['ETHUSDT_PERP.A', BTC])
    expect(await readHistories(simulator, { symbols: 'NOUSDT_PERP.A' })).toEqual([])
    const from = quietStart(simulator)
    expect(await readHistories(simulator, { from, to: from })).toEqual([])
  })

  it('by option shows an empty history where a known symbol has no row', async () => {
    await using other = await startCoinalyze({ hasEmptyHistories: true })
    const from = quietStart(other)
    const symbols = `${BTC},NOUSDT_PERP.A,BTCUSDT.6`
    expect(await readHistories(other, { symbols, from, to: from })).toEqual([
      { symbol: BTC, history: [] },
      { symbol: 'BTCUSDT.6', history: [] },
    ])
  })

  it('has nothing for times in milliseconds or turned round', async () => {
    const { from, to } = lastDay
    expect(await readHistories(simulator, { from: from * 1_000, to: to * 1_000 })).toEqual([])
    expect(await readHistories(simulator, { from: to, to: from })).toEqual([])
  })

  it.each([
    ['5min', 5 * MINUTE],
    ['1hour', HOUR],
    ['daily', DAY],
  ] as const)('sums the minutes of %s', async (interval, length) => {
    const from = Math.floor((NOW - 3 * DAY) / DAY) * DAY
    const to = Math.floor(NOW / DAY) * DAY
    const sums = new Map<number, { l: number; s: number }>()
    for (const { t, long, short } of simulator.truth.liquidations('BTCUSDT', { from, to })) {
      const start = Math.floor(t / length) * length
      const { l, s } = sums.get(start) ?? { l: 0, s: 0 }
      sums.set(start, { l: add(l, long), s: add(s, short) })
    }
    const expected = [...sums].map(([start, sum]) => ({ t: start / 1_000, ...sum }))
    const asked = { interval, from: from / 1_000, to: to / 1_000 - 1 }
    expect(expected.length).toBeGreaterThanOrEqual(3)
    expect(await readRows(simulator, asked)).toEqual(expected)
  })

  it('converts to USD by the price of each order', async () => {
    const base = await readRows(simulator)
    const usd = await readRows(simulator, { convert_to_usd: 'true' })
    expect(usd.map(({ t }) => t)).toEqual(base.map(({ t }) => t))
    const candles = simulator.truth.candles('BTCUSDT', { from: OPEN_MINUTE - DAY, to: OPEN_MINUTE })
    const byTime = new Map(candles.map((candle) => [candle[0] / 1_000, candle]))
    for (const [at, row] of base.entries()) {
      const candle = byTime.get(row.t)
      if (!candle || row.l === 0) continue
      const price = (usd[at]?.l ?? 0) / row.l
      expect(price).toBeGreaterThanOrEqual(Number(candle[3]) * 0.999_999)
      expect(price).toBeLessThanOrEqual(Number(candle[2]) * 1.000_001)
    }
    expect(await readRows(simulator, { convert_to_usd: 'false' })).toEqual(base)
  })

  it('refuses what is missing or wrong', async () => {
    for (const wrong of [
      { symbols: '' },
      { from: '' },
      { to: 'now' },
      { from: '1.5' },
      { interval: '1m' },
      { convert_to_usd: 'yes' },
    ] as const) {
      const { status, text } = await askHistory(simulator, wrong)
      expect([status, Object.keys(JSON.parse(text))]).toEqual([400, ['message']])
    }
    const { text } = await askHistory(simulator, { interval: '1m' })
    expect(JSON.parse(text).message).toContain(
      '1min, 5min, 15min, 30min, 1hour, 2hour, 4hour, 6hour, 12hour, daily',
    )
    expect((await askFor(simulator, 'nowhere')).text).toBe('{"message":"Not Found"}')
    const posted = await ask(`${simulator.coinalyzeUrl}/exchanges`, KEY, { method: 'POST', body: '{}' })
    expect(posted.status).toBe(404)
  })
})

describe('the newest minutes', () => {
  it('are told with what has happened so far', async () => {
    await using live = await startCoinalyze({ hasLimits: false })
    const minute = await findMixedMinute()
    expect(live.truth.liquidations('BTCUSDT', { from: minute, to: minute + MINUTE })).toEqual([])
    const seen: HistoryRow[] = []
    live.advance(minute - live.now() - 1)
    for (let second = 0; second <= 60; second += 1) {
      const [row] = await readRows(live, { from: minute / 1_000, to: minute / 1_000 })
      if (row) seen.push(row)
      live.advance(1_000)
    }
    const [closed] = live.truth.liquidations('BTCUSDT', { from: minute, to: minute + MINUTE }).map(toRow)
    const total = ({ l, s }: HistoryRow): number => l + s
    expect(seen.length).toBeGreaterThan(0)
    expect(seen.length).toBeLessThan(61)
    expect(seen.map(total)).toEqual(seen.map(total).toSorted((a, b) => a - b))
    expect(new Set(seen.map(total)).size).toBeGreaterThan(1)
    expect(seen.at(-1)).toEqual(closed)
  })

  it('come late with a lag', async () => {
    await using late = await startCoinalyze({ lagMs: 5 * MINUTE, hasLimits: false })
    const known = await readRows(simulator)
    const edge = (OPEN_MINUTE - 5 * MINUTE) / 1_000
    const before = await readRows(late, { from: lastDay.from, to: lastDay.to })
    expect(before.filter(({ t }) => t < edge)).toEqual(known.filter(({ t }) => t < edge))
    expect(before.filter(({ t }) => t > edge)).toEqual([])
    late.advance(5 * MINUTE)
    expect(await readRows(late)).toEqual(known)
  })
})

describe('retention', () => {
  it.each([
    ['l', 'BTCUSDT'],
    ['s', 'SOLUSDT'],
  ] as const)(
    'keeps the newest points of each side, with a false 0 where %s of %s ends sooner',
    async (sooner, name) => {
      const symbols = `${name}_PERP.A`
      await using short = await startCoinalyze({ retainedPoints: 30, hasLimits: false })
      const truth = short.truth.liquidations(name, { from: NOW - 5 * DAY, to: NOW }).map(toRow)
      const open = (await readRows(short, { symbols, from: lastDay.to })).filter(({ t }) => t === lastDay.to)
      const all = [...truth, ...open]
      const firstKept = (side: 'l' | 's'): number => all.filter((row) => row[side] > 0).at(-30)?.t ?? 0
      const [longs, shorts] = [firstKept('l'), firstKept('s')]
      expect(longs > shorts ? 'l' : 's').toBe(sooner)
      const expected = all
        .map(({ t, l, s }) => ({ t, l: t >= longs ? l : 0, s: t >= shorts ? s : 0 }))
        .filter(({ l, s }) => l > 0 || s > 0)
      const rows = await readRows(short, { symbols, from: (NOW - 5 * DAY - 30_500) / 1_000 })
      expect(rows).toEqual(expected)
      const falseZeros = all.filter(
        ({ t, l, s }) => l > 0 && s > 0 && t >= Math.min(longs, shorts) && t < Math.max(longs, shorts),
      )
      expect(falseZeros.length).toBeGreaterThan(0)
      const sides = rows.filter(({ t }) => falseZeros.some((row) => row.t === t))
      expect(sides.every((row) => row[sooner] === 0)).toBe(true)
      const older = Math.min(longs, shorts)
      expect(await readHistories(short, { symbols, from: older - 100_000, to: older - 60 })).toEqual([])
    },
  )

  it('is 1,700 points unless told otherwise, and none for days', async () => {
    const month = { from: (OPEN_MINUTE - 60 * DAY) / 1_000 }
    const rows = await readRows(simulator, month)
    expect(rows.filter(({ l }) => l > 0)).toHaveLength(1_700)
    expect(rows.filter(({ s }) => s > 0)).toHaveLength(1_700)
    await using short = await startCoinalyze({ retainedPoints: 3, hasLimits: false })
    const days = await readRows(short, { ...month, interval: 'daily' })
    expect(days.filter(({ l, s }) => l > 0 && s > 0)).toHaveLength(60)
  })

  it('does not touch the truth', async () => {
    await using none = await startCoinalyze({ retainedPoints: 0, hasLimits: false })
    expect(await readHistories(none)).toEqual([])
    const window = { from: NOW - DAY, to: NOW }
    expect(none.truth.liquidations('BTCUSDT', window)).toEqual(
      simulator.truth.liquidations('BTCUSDT', window),
    )
    expect(none.truth.liquidations('NOUSDT', window)).toEqual([])
  })
})

/** UNIX seconds of a closed minute without liquidations in BTCUSDT. */
function quietStart({ truth }: VenueSimulator): number {
  const busy = new Set(truth.liquidations('BTCUSDT', { from: NOW - HOUR, to: NOW }).map(({ t }) => t))
  let minute = OPEN_MINUTE - MINUTE
  while (busy.has(minute)) minute -= MINUTE
  return minute / 1_000
}

/** Start of a minute to come in which longs and shorts are liquidated: a venue that is further on knows. */
async function findMixedMinute(): Promise<number> {
  await using later = await startSimulator({ clock: { startAt: NOW + DAY, rate: 0 } })
  const minutes = later.truth.liquidations('BTCUSDT', { from: NOW, to: NOW + DAY })
  const mixed = minutes.find(({ long, short }) => long !== '0' && short !== '0')
  if (!mixed) throw new Error('a day without a minute in which both sides are liquidated')
  return mixed.t
}

/** Exact for three decimals. */
const add = (sum: number, text: string): number => Math.round(sum * 1_000 + Number(text) * 1_000) / 1_000
