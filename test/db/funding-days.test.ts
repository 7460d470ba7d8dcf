import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connect } from '../../src/db/connect.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())
beforeEach(async () => {
  await database.sql`truncate funding_rates`
})

const HOUR_MS = 3_600_000
/** `hour` counts from 2026-02-01. */
const at = (hour: number): string => new Date(Date.UTC(2026, 1, 1) + hour * HOUR_MS).toISOString()
const settlement = (hour: number, rate: string, symbol = 'BTCUSDT') => ({
  venue: 'binance',
  symbol,
  ts: at(hour),
  rate,
  venue_ts: at(hour),
})

const put = (rows: readonly ReturnType<typeof settlement>[], sql = database.sql) =>
  sql`insert into funding_rates ${sql(rows)}`

/** Each day as `symbol day: hour rate, hour rate`. */
async function readDays(): Promise<string[]> {
  const rows = await database.sql<{ line: string }[]>`
    select symbol || ' ' || to_char(day at time zone 'UTC', 'DD') || ': ' || (
      select string_agg(to_char(ts at time zone 'UTC', 'HH24') || ' ' || rate, ', ' order by n)
      from unnest(times, rates) with ordinality as s (ts, rate, n)
    ) as line from funding_days order by symbol, day`
  return rows.map(({ line }) => line)
}

describe('the days of settlements', () => {
  it('hold those of a day in the order of time, whatever order they came in', async () => {
    await put([settlement(16, '0.0003'), settlement(0, '0.00010000')])
    await put([settlement(8, '-0.0002'), settlement(24, '0.5'), settlement(8, '0.1', 'ETHUSDT')])
    expect(await readDays()).toEqual([
      'BTCUSDT 01: 00 0.00010000, 08 -0.0002, 16 0.0003',
      'BTCUSDT 02: 00 0.5',
      'ETHUSDT 01: 08 0.1',
    ])
  })

  it('follow what is changed, moved, deleted and truncated', async () => {
    await put([settlement(0, '0.1'), settlement(8, '0.2'), settlement(24, '0.3')])
    await database.sql`update funding_rates set rate = 0.25 where ts = ${at(8)}`
    await database.sql`update funding_rates set ts = ${at(32)} where ts = ${at(24)}`
    expect(await readDays()).toEqual(['BTCUSDT 01: 00 0.1, 08 0.25', 'BTCUSDT 02: 08 0.3'])
    await database.sql`update funding_rates set ts = ${at(48)} where ts = ${at(32)}`
    await database.sql`delete from funding_rates where ts = ${at(0)}`
    expect(await readDays()).toEqual(['BTCUSDT 01: 08 0.25', 'BTCUSDT 03: 00 0.3'])
    await database.sql`truncate funding_rates`
    expect(await readDays()).toEqual([])
  })

  it('hold the newer of two rates that are merged', async () => {
    await put([settlement(0, '0.1'), settlement(8, '0.2')])
    await database.sql`
      insert into funding_rates ${database.sql(settlement(8, '0.9'))}
      on conflict (venue, symbol, ts) do update set rate = excluded.rate`
    expect(await readDays()).toEqual(['BTCUSDT 01: 00 0.1, 08 0.9'])
  })

  it('are kept for a writer whose session is set to anything', async () => {
    await put([settlement(0, '0.1'), settlement(8, '0.2'), settlement(24, '0.3')])
    await database.sql.begin('isolation level serializable', async (writer) => {
      await writer.unsafe(`set local search_path = ''; set local timezone = 'Asia/Kathmandu';
        set local datestyle = 'SQL, DMY'; set local intervalstyle = 'sql_standard'`)
      await writer`insert into public.funding_rates ${writer(settlement(16, '0.4'))}`
      await writer`update public.funding_rates set rate = 0.25 where ts = ${at(8)}`
      await writer`delete from public.funding_rates where ts = ${at(24)}`
    })
    expect(await readDays()).toEqual(['BTCUSDT 01: 00 0.1, 08 0.25, 16 0.4'])
    await database.sql.begin(async (writer) => {
      await writer.unsafe("set local search_path = ''; truncate public.funding_rates")
    })
    expect(await readDays()).toEqual([])
  })

  it('lose nothing of two transactions that write one day at the same time', async () => {
    await using sessions = new AsyncDisposableStack()
    const [first, second] = [1, 2].map(() =>
      sessions.adopt(connect(database.url, { max: 1 }), (sql) => sql.end({ timeout: 1 })),
    )
    if (!first || !second) throw new Error('two sessions')
    await put([settlement(0, '0.1'), settlement(1, '0.2')])
    for (const change of [
      () => put([settlement(16, '0.4')], second).execute(),
      () => second`update funding_rates set rate = 0.5 where ts = ${at(0)}`.execute(),
      () => second`delete from funding_rates where ts = ${at(1)}`.execute(),
    ]) {
      await first`begin`
      await first`delete from funding_rates where ts = ${at(8)}`
      await put([settlement(8, '0.3')], first)
      const waits = change()
      await untilWaiting()
      await first`commit`
      await waits
    }
    expect(await readDays()).toEqual(['BTCUSDT 01: 00 0.5, 08 0.3, 16 0.4'])
  })
})

/** Until one session of this database waits for another's lock. */
async function untilWaiting(): Promise<void> {
  for (;;) {
    const [row] = await database.sql<{ waiting: boolean }[]>`
      select exists (
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
      ) as waiting`
    if (row?.waiting) return
  }
}
