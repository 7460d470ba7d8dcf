import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/lib/model/window.ts'
import {
  gapsOf,
  isReversed,
  pageCount,
  pagesOf,
  type Range,
  type Wanted,
  wantedOf,
} from '../../src/lib/plan/wanted.ts'
import type { Route } from '../../src/lib/venue/route.ts'
import { createBinance } from '../../src/venues/binance/index.ts'

const { ohlcv, funding, oi, tv } = createBinance({ binanceRestUrl: 'http://127.0.0.1:1' }).routes
if (!ohlcv || !funding || !oi || !tv) throw new Error('binance has these datasets')
/** The same grids, of which everything is kept for ever. */
const snapshots: Route = withoutRetention(oi)
const flows: Route = withoutRetention(tv)

function withoutRetention({ retentionMs: _, ...source }: Route): Route {
  return source
}

const NOON = Date.UTC(2026, 1, 1, 12)
const at = (minute: number, ms = 0): number => NOON + minute * MINUTE + ms
const window = (from: number, to: number) => ({ from: at(from), to: at(to) })
const HISTORY = Date.UTC(2019, 8, 1)
const want = (source: Route, range: Partial<Range>, now: number): Wanted =>
  wantedOf(source, { since: at(-60), until: undefined, ...range }, now, HISTORY)

describe('the live edge', () => {
  it.each([
    ['at the minute', at(3), 3],
    ['a moment before the next', at(4, -1), 3],
    ['at the next', at(4), 4],
  ])('of candles is the newest closed minute: %s', (_, now, edge) => {
    expect(want(ohlcv, {}, now).window).toEqual(window(-60, edge))
  })

  it.each([
    ['before its first minute is over', at(1, -1), 0],
    ['after its first minute', at(1), 5],
    ['at the end of its step', at(5), 5],
    ['before the first minute of the next', at(6, -1), 5],
    ['after the first minute of the next', at(6), 10],
  ])('of snapshots is the end of the step that the newest one begins: %s', (_, now, edge) => {
    expect(want(snapshots, {}, now).window).toEqual(window(-60, edge))
  })

  it.each([
    ['a moment before a step is over', at(5, -1), 0],
    ['at its end', at(5), 5],
    ['in the middle of the next', at(8), 5],
  ])('of flows is the end of the last whole step: %s', (_, now, edge) => {
    expect(want(flows, {}, now).window).toEqual(window(-60, edge))
  })

  it('is never passed, whatever the end of the range', () => {
    expect(want(ohlcv, { until: at(90) }, at(3)).window).toEqual(window(-60, 3))
    expect(want(snapshots, { until: at(90) }, at(3)).window).toEqual(window(-60, 5))
    expect(want(flows, { until: at(90) }, at(3)).window).toEqual(window(-60, 0))
    expect(want(flows, { until: at(3) }, at(4)).window).toEqual(window(-60, 0))
  })

  it.each([
    [ohlcv, at(10, 30_000), 7],
    [snapshots, at(10, 30_000), 10],
    [snapshots, at(8), 5],
    [flows, at(10, 30_000), 5],
    [flows, at(13), 10],
  ])('lies before what has not settled (case %#)', (source, now, edge) => {
    const settling: Route = { ...source, settleMs: 3 * MINUTE }
    expect(want(settling, {}, now).window).toEqual(window(-60, edge))
  })
})

describe('a range that begins and ends inside of steps', () => {
  const LATER = at(600)

  it.each([
    ['has its own minutes', ohlcv, window(-57, -32)],
    ['is widened to all steps whose snapshot holds in it', snapshots, window(-60, -30)],
    ['is narrowed to the flows that lie in it as a whole', flows, window(-55, -35)],
  ])('%s', (_, source, expected) => {
    const wanted = want(source, { since: at(-57), until: at(-32) }, LATER)
    expect(wanted).toEqual({ window: expected, expired: undefined })
  })

  it('wants a snapshot and no flow where it is shorter than a step', () => {
    const range = { since: at(-57), until: at(-56) }
    expect(want(snapshots, range, LATER).window).toEqual(window(-60, -55))
    expect(want(flows, range, LATER)).toEqual({ window: undefined, expired: undefined })
  })

  it('is first narrowed to whole minutes', () => {
    const range = { since: at(-56, 1), until: at(-30, 59_999) }
    expect(want(ohlcv, range, LATER).window).toEqual(window(-55, -30))
    expect(want(snapshots, range, LATER).window).toEqual(window(-55, -30))
    expect(want(flows, range, LATER).window).toEqual(window(-55, -30))
  })

  it('stays as it is on whole steps', () => {
    for (const source of [ohlcv, snapshots, flows])
      expect(want(source, { since: at(-55), until: at(-30) }, LATER).window).toEqual(window(-55, -30))
  })

  it('may be given by its distance from now', () => {
    const range = { since: { ago: HOUR }, until: { ago: 10 * MINUTE } }
    expect(want(ohlcv, range, at(2)).window).toEqual(window(-58, -8))
    expect(want(snapshots, range, at(2)).window).toEqual(window(-60, -5))
  })

  it('is nothing where it ends before it begins', () => {
    const nothing = { window: undefined, expired: undefined }
    expect(want(ohlcv, { since: at(-30), until: at(-30) }, LATER)).toEqual(nothing)
    expect(want(oi, { since: at(900) }, LATER)).toEqual(nothing)
    expect(want(flows, { since: at(1) }, at(4))).toEqual(nothing)
  })

  it('begins no earlier than the venue, also at the listing', () => {
    for (const since of ['listing', 0] as const)
      expect(want(ohlcv, { since }, LATER).window).toEqual({ from: HISTORY, to: LATER })
  })
})

describe('what the venue keeps only for a while', () => {
  const kept: Route = { ...snapshots, retentionMs: DAY }
  const now = at(2, 10_000)
  /** A day before 12:02:10, and a minute for the request, up to the next step. */
  const oldest = at(5) - DAY

  it('is wanted from there on, and told as expired before', () => {
    expect(want(kept, { since: at(0) - 2 * DAY }, now)).toEqual({
      window: { from: oldest, to: at(5) },
      expired: { from: at(0) - 2 * DAY, to: oldest },
    })
  })

  it('is wanted whole where all of it is kept', () => {
    expect(want(kept, { since: oldest }, now)).toEqual({
      window: { from: oldest, to: at(5) },
      expired: undefined,
    })
  })

  it('has a minute in hand', () => {
    const at24h = (clock: number) => want(kept, { since: 'listing' }, clock).window?.from
    expect([at24h(at(4)), at24h(at(4, 1))]).toEqual([at(5) - DAY, at(10) - DAY])
  })

  it('is all expired where the range ends before', () => {
    const [since, until] = [at(0) - 3 * DAY, at(0) - 2 * DAY]
    expect(want(kept, { since, until }, now)).toEqual({
      window: undefined,
      expired: { from: since, to: until },
    })
  })

  it('is 30 days of statistics, and everything of candles', () => {
    const range = { since: at(0) - 40 * DAY }
    for (const source of [oi, tv])
      expect(want(source, range, now)).toMatchObject({
        window: { from: at(5) - 30 * DAY },
        expired: { from: at(0) - 40 * DAY, to: at(5) - 30 * DAY },
      })
    expect(want(ohlcv, range, now)).toEqual({
      window: { from: at(0) - 40 * DAY, to: at(2) },
      expired: undefined,
    })
  })
})

describe('what is left to fetch', () => {
  it('is what is not covered, oldest first', () => {
    const covered = [window(-40, -30), window(-60, -50)]
    expect(gapsOf(ohlcv, 'X', window(-60, 0), covered, at(0))).toEqual([window(-50, -40), window(-30, 0)])
    expect(gapsOf(ohlcv, 'X', window(-60, 0), [window(-90, 9)], at(0))).toEqual([])
  })

  it('leaves out a newest tail in which no event is due, and no other one', () => {
    // Settlements are at 08:00, 16:00 and 00:00.
    const gaps = (from: number, now: number) => gapsOf(funding, 'X', { from, to: now }, [], now)
    expect(gaps(at(1), at(200))).toEqual([])
    expect(gaps(at(0) - 4 * HOUR, at(0))).toEqual([{ from: at(0) - 4 * HOUR, to: at(0) }])
    expect(gapsOf(funding, 'X', window(1, 20), [], at(200))).toEqual([window(1, 20)])
  })

  it('is cut into pages of as many steps as a page has rows', () => {
    const gap = { from: at(0), to: at(0) + 5 * MINUTE * 1_001 }
    const spans = [...pagesOf(oi, gap)].map(({ from, to }) => [(from - at(0)) / MINUTE, (to - from) / MINUTE])
    expect(spans).toEqual([
      [0, 2_500],
      [2_500, 2_500],
      [5_000, 5],
    ])
    expect([pageCount(oi, gap), pageCount(funding, gap)]).toEqual([3, 1])
    expect([...pagesOf(funding, gap)]).toEqual([gap])
  })
})

describe('a range that ends before it begins', () => {
  const now = Date.UTC(2026, 1, 10)
  it.each([
    [{ since: now - 5, until: now - 5 }, true],
    [{ since: now - 6, until: now - 5 }, false],
    [{ since: { ago: DAY }, until: { ago: 2 * DAY } }, true],
    [{ since: { ago: 2 * DAY }, until: { ago: DAY } }, false],
    [{ since: now, until: { ago: DAY - 1 } }, false],
    [{ since: now + 1, until: { ago: 0 } }, false],
    [{ since: now, until: { ago: DAY } }, true],
    [{ since: { ago: 0 }, until: now - DAY }, true],
    [{ since: now + DAY, until: undefined }, false],
    [{ since: now + DAY + 1, until: undefined }, true],
    [{ since: 'listing', until: 0 }, false],
    [{ since: { ago: 0 }, until: undefined }, false],
  ] as const)('%j: %s', (range, expected) => expect(isReversed(range, now)).toBe(expected))
})
