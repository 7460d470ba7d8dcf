import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { statusJson } from '../../src/commands/report/status-json.ts'
import { readStatus } from '../../src/commands/report/status-report.ts'
import { readSeries, type SeriesReport } from '../../src/db/coverage-report.ts'
import { saveWanted } from '../../src/db/wanted.ts'
import { DAY, HOUR, MINUTE, type Window } from '../../src/lib/model/window.ts'
import { wantedSeries } from '../../src/lib/plan/wanted-series.ts'
import type { WantedSeries } from '../../src/lib/ports.ts'
import type { Route } from '../../src/lib/venue/route.ts'
import { describeVenue } from '../../src/venues/index.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

const { routes } = describeVenue('binance')
/** 13:25:30: the settlement of 08:00 is long there, the next one is due at 16:00. */
const NOW = Date.UTC(2026, 1, 1, 13, 25, 30)
const CLOSED = NOW - 30_000
const iso = (ts: number): string => new Date(ts).toISOString()
const minutesAgo = (from: number, to: number): Window => ({
  from: CLOSED - from * MINUTE,
  to: CLOSED - to * MINUTE,
})

let database: TestDatabase
beforeEach(async () => {
  database = await createTestDatabase()
})
afterEach(() => database[Symbol.asyncDispose]())

async function cover(dataset: string, windows: readonly Window[], symbol = 'BTCUSDT'): Promise<void> {
  const ranges = windows.map(({ from, to }) => `[${iso(from)},${iso(to)})`)
  await database.sql`
    insert into coverage (venue, symbol, dataset, covered) values ('binance', ${symbol}, ${dataset}, ${`{${ranges.join(',')}}`})`
}

async function want(
  source: Route | undefined,
  window: Window,
  listedSince: number | null = null,
): Promise<void> {
  const series = source && wantedSeries(source, { symbol: 'BTCUSDT', listedSince }, window)
  await saveWanted(database.sql, 'binance', series ? [series] : [])
}

async function look(dataset: string, now = NOW): Promise<SeriesReport | undefined> {
  const all = await readSeries(database.sql, { venue: 'binance', now })
  return all.find((one) => one.dataset === dataset)
}

const told = (one: SeriesReport | undefined) => one && [one.state, one.missingMinutes, one.lagSeconds]

describe('what is missing', () => {
  it('counts against what was wanted, before and behind what is stored', async () => {
    await want(routes.ohlcv, minutesAgo(1_000, 0))
    await cover('ohlcv', [minutesAgo(600, 400)])
    expect(await look('ohlcv')).toMatchObject({
      state: 'missing',
      wantedFrom: CLOSED - 1_000 * MINUTE,
      wantedTo: CLOSED,
      from: CLOSED - 600 * MINUTE,
      to: CLOSED - 400 * MINUTE,
      coveredMinutes: 200,
      missingMinutes: 800,
      missingStretches: 2,
      firstMissing: [minutesAgo(1_000, 600), minutesAgo(400, 0)],
    })
  })

  it('is all of it where nothing was stored', async () => {
    await want(routes.ohlcv, minutesAgo(290 * 1_440, 0))
    expect(await look('ohlcv')).toMatchObject({
      state: 'missing',
      from: null,
      to: null,
      missingMinutes: 290 * 1_440,
    })
  })

  it('keeps the widest window of any run', async () => {
    await want(routes.ohlcv, minutesAgo(100, 50))
    await want(routes.ohlcv, minutesAgo(70, 10))
    await want(routes.ohlcv, minutesAgo(60, 55))
    expect(await look('ohlcv')).toMatchObject({
      wantedFrom: CLOSED - 100 * MINUTE,
      wantedTo: CLOSED - 10 * MINUTE,
      missingMinutes: 90,
    })
  })

  it('does not begin before the listing', async () => {
    await want(routes.ohlcv, { from: 0, to: CLOSED }, CLOSED - 30 * MINUTE)
    expect(told(await look('ohlcv'))).toEqual(['missing', 30, 0])
  })

  it('is between the ends of what is covered where nobody wrote down what was wanted', async () => {
    await cover('ohlcv', [minutesAgo(100, 60), minutesAgo(50, 0)])
    expect(told(await look('ohlcv'))).toEqual(['missing', 10, 0])
  })

  it('is not what the source does not keep any more', async () => {
    await want(routes.oi, { from: CLOSED - 29 * DAY, to: CLOSED - 25 * MINUTE })
    await cover('oi', [{ from: CLOSED - 10 * DAY, to: CLOSED + 10 * MINUTE }])
    expect(told(await look('oi'))).toEqual(['missing', 19 * 1_440, 0])
    // 20 days later the rest of it has expired, but for what is behind the end of what is stored.
    expect(await look('oi', NOW + 20 * DAY)).toMatchObject({ state: 'behind', missingMinutes: 0 })
  })

  it('is not what a source was found not to have', async () => {
    const series =
      routes.lq && wantedSeries(routes.lq, { symbol: 'BTCUSDT', listedSince: null }, minutesAgo(3_000, 5))
    const found: WantedSeries[] = series ? [{ ...series, keptFrom: CLOSED - 1_000 * MINUTE }] : []
    await saveWanted(database.sql, 'binance', found)
    await cover('lq', [minutesAgo(900, 3)])
    expect(told(await look('lq'))).toEqual(['missing', 100, 0])
  })

  it('is nothing where nothing of it has been due', async () => {
    await want(routes.funding, minutesAgo(120, 0))
    expect(await look('funding')).toMatchObject({
      state: 'whole',
      to: null,
      missingMinutes: 0,
      lagSeconds: 0,
    })
    // The window is asked for once something can be in it.
    expect(told(await look('funding', NOW + 3 * HOUR))).toEqual(['missing', 120, 0])
  })

  it('is unproven where an answer lacked it', async () => {
    await cover('ohlcv', [minutesAgo(100, 60), minutesAgo(50, 0)])
    await database.sql`
      insert into absences (venue, symbol, dataset, stretch, asked, asked_at, execution_id)
      values ('binance', 'BTCUSDT', 'ohlcv', ${`[${iso(CLOSED - 70 * MINUTE)},${iso(CLOSED - 50 * MINUTE)})`}, '[,)', now(), gen_random_uuid())`
    expect(await look('ohlcv')).toMatchObject({ state: 'unproven', missingMinutes: 10, unprovenMinutes: 10 })
  })
})

describe('lag', () => {
  it('is none for funding that is not due, however long ago the last settlement was', async () => {
    await want(routes.funding, minutesAgo(1_440, 0))
    await cover('funding', [{ from: CLOSED - DAY, to: Date.UTC(2026, 1, 1, 12) }])
    expect(await look('funding')).toMatchObject({ state: 'whole', lagSeconds: 0, cadenceSeconds: 28_800 })
    // Half an hour after the next one.
    const late = Date.UTC(2026, 1, 1, 16, 30)
    expect(await look('funding', late)).toMatchObject({
      state: 'missing',
      lagSeconds: 4.5 * 3_600,
      missingMinutes: 85,
    })
  })

  it.each([
    ['oi', routes.oi, 13 * HOUR + 20 * MINUTE],
    ['lsr', routes.lsr, 13 * HOUR + 20 * MINUTE],
    ['tv', routes.tv, 13 * HOUR + 15 * MINUTE],
    ['ohlcv', routes.ohlcv, 13 * HOUR + 25 * MINUTE],
  ])('of %s is none as far as rows can be out', async (dataset, source, end) => {
    const midnight = Date.UTC(2026, 1, 1)
    await want(source, { from: midnight, to: midnight + end })
    await cover(dataset, [{ from: midnight, to: midnight + end }])
    expect([await look(dataset).then(told), (await look(dataset))?.dueTo]).toEqual([
      ['whole', 0, 0],
      midnight + end,
    ])
    await database.sql`update coverage set covered = ${`{[${iso(midnight)},${iso(midnight + end - 10 * MINUTE)})}`}`
    await database.sql`truncate wanted`
    expect((await look(dataset))?.state).toBe('behind')
  })

  it('of what is out late is behind as much later', async () => {
    await want(routes.lq, minutesAgo(60, 3))
    await cover('lq', [minutesAgo(60, 7)])
    await database.sql`update wanted set wanted_to = ${iso(CLOSED - 7 * MINUTE)}`
    expect(told(await look('lq'))).toEqual(['whole', 0, 450])
    expect((await look('lq', NOW + MINUTE))?.state).toBe('behind')
  })

  it('of candles that have stopped counts from their end', async () => {
    await cover('ohlcv', [minutesAgo(100, 12)])
    expect(told(await look('ohlcv'))).toEqual(['behind', 0, 12 * 60 + 30])
  })

  it('ends with the symbol', async () => {
    await cover('ohlcv', [minutesAgo(100, 60)])
    const list = (symbol: string, lastSeen: number, delivery: number | null) => database.sql`
      insert into instruments (venue, symbol, base_asset, quote_asset, contract_type, status, delivery_ts, first_seen, last_seen, raw)
      values ('binance', ${symbol}, 'B', 'Q', 'PERPETUAL', 'TRADING', ${delivery === null ? null : iso(delivery)}, ${iso(0)}, ${iso(lastSeen)}, '{}')`
    await list('OTHER', NOW, null)
    await list('BTCUSDT', NOW, CLOSED - 60 * MINUTE)
    expect((await look('ohlcv'))?.state).toBe('whole')
    // What lacks its end is so far behind that, however long ago it was.
    await database.sql`update coverage set covered = ${`{[${iso(CLOSED - 100 * MINUTE)},${iso(CLOSED - 80 * MINUTE)})}`}`
    expect(told(await look('ohlcv', NOW + 2 * DAY))).toEqual(['behind', 0, 20 * 60])
    await database.sql`update coverage set covered = ${`{[${iso(CLOSED - 100 * MINUTE)},${iso(CLOSED - 60 * MINUTE)})}`}`
    await database.sql`update instruments set delivery_ts = null where symbol = 'BTCUSDT'`
    expect((await look('ohlcv'))?.state).toBe('behind')
    // Gone from the list without a word.
    await database.sql`update instruments set last_seen = ${iso(NOW + 2 * DAY)} where symbol = 'OTHER'`
    await database.sql`update instruments set last_seen = ${iso(CLOSED - 60 * MINUTE)} where symbol = 'BTCUSDT'`
    expect((await look('ohlcv', NOW + 2 * DAY))?.state).toBe('whole')
    // In no list at all: only an archive has it.
    await database.sql`delete from instruments where symbol = 'BTCUSDT'`
    expect(await look('ohlcv', NOW + 2 * DAY)).toMatchObject({
      state: 'whole',
      lagSeconds: 0,
      isDelisted: true,
    })
    await database.sql`delete from instruments`
    expect(await look('ohlcv')).toMatchObject({ state: 'behind', isDelisted: false })
  })
})

describe('perp_coverage', () => {
  it('has the words of status --json, and the same figures', async () => {
    const { sql } = database
    const minute = Math.floor(Date.now() / MINUTE) * MINUTE
    await want(routes.ohlcv, { from: minute - 100 * MINUTE, to: minute - 20 * MINUTE })
    await cover('ohlcv', [{ from: minute - 90 * MINUTE, to: minute - 20 * MINUTE }])
    await cover('rsi', [])
    const rows = await sql<Record<string, unknown>[]>`select * from perp_coverage order by symbol, dataset`
    const json = statusJson(await readStatus(sql, { venue: 'binance' }, 8 * HOUR))
    const told: Record<string, unknown>[] = JSON.parse(JSON.stringify(json)).coverage.symbols
    const camel = (name: string): string =>
      name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
    // Of before there were such words: from, to, holes, holeMinutes, firstHoles.
    const old: Readonly<Record<string, string>> = {
      coveredFrom: 'from',
      coveredTo: 'to',
      missing: 'firstHoles',
    }
    for (const [at, row] of rows.entries()) {
      const { venue: _, lag_seconds: _lag, missing: _missing, ...fields } = row
      for (const [name, value] of Object.entries(fields)) {
        const key = old[camel(name)] ?? camel(name)
        const shown = value instanceof Date ? value.toISOString() : value
        expect([key, told[at]?.[key]]).toEqual([key, shown])
      }
      const known = new Set([
        ...Object.keys(row).map((name) => old[camel(name)] ?? camel(name)),
        'holes',
        'holeMinutes',
      ])
      expect(Object.keys(told[at] ?? {}).filter((key) => !known.has(key))).toEqual([])
    }
    expect(rows.map(({ dataset, state }) => [dataset, state])).toEqual([
      ['ohlcv', 'missing'],
      ['rsi', 'rebuilding'],
    ])
  })
})
