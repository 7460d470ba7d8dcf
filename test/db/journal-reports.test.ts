import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sumUpDatasets } from '../../src/commands/report/totals.ts'
import { readSeries } from '../../src/db/coverage-report.ts'
import { createJournal } from '../../src/db/journal.ts'
import { listErrors, listStatus, readVenueClock, recentRuns } from '../../src/db/reports.ts'
import { MINUTE } from '../../src/lib/model/window.ts'
import { createRedactor } from '../../src/lib/text/secrets.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

const T0 = Date.UTC(2026, 1, 1)
const at = (minute: number): string => new Date(T0 + minute * MINUTE).toISOString()
const range = (...windows: [number, number][]): string =>
  `{${windows.map(([from, to]) => `[${at(from)},${at(to)})`).join(',')}}`

async function cover(
  venue: string,
  symbol: string,
  dataset: string,
  covered: string,
  absent = '{}',
): Promise<void> {
  await database.sql`
    insert into coverage (venue, symbol, dataset, covered, absent, updated_at)
    values (${venue}, ${symbol}, ${dataset}, ${covered}, ${absent}, ${at(500)})`
}

describe('coverage reports', () => {
  beforeAll(async () => {
    await cover(
      'binance',
      'AUSDT',
      'ohlcv',
      range([0, 10], [15, 20], [22, 60], [61, 62], [63, 100]),
      range([3, 5], [200, 201]),
    )
    await cover('binance', 'BUSDT', 'ohlcv', range([0, 90]))
    await cover('binance', 'BUSDT', 'funding', range([0, 480]))
    // Nobody asked for it, nothing of it is there.
    await cover('binance', 'NEVER', 'ohlcv', '{}')
    await cover('okx', 'AUSDT', 'ohlcv', range([0, 1]))
  })
  const now = T0 + 100 * MINUTE + 30_000
  const nothing = {
    state: 'whole',
    wantedFrom: null,
    wantedTo: null,
    from: T0,
    dueTo: T0 + 100 * MINUTE,
    isDelisted: false,
    lagSeconds: 0,
    cadenceSeconds: 60,
    absentMinutes: 0,
    missingMinutes: 0,
    unprovenMinutes: 0,
    rebuildingMinutes: 0,
    missingStretches: 0,
    firstMissing: [],
    updatedAt: T0 + 500 * MINUTE,
  }
  const broken = {
    ...nothing,
    symbol: 'AUSDT',
    dataset: 'ohlcv',
    state: 'missing',
    to: T0 + 100 * MINUTE,
    coveredMinutes: 91,
    absentMinutes: 2,
    missingMinutes: 9,
    missingStretches: 4,
    firstMissing: [
      { from: T0 + 10 * MINUTE, to: T0 + 15 * MINUTE },
      { from: T0 + 20 * MINUTE, to: T0 + 22 * MINUTE },
      { from: T0 + 60 * MINUTE, to: T0 + 61 * MINUTE },
    ],
  }
  const behind = {
    ...nothing,
    symbol: 'BUSDT',
    dataset: 'ohlcv',
    state: 'behind',
    to: T0 + 90 * MINUTE,
    lagSeconds: 630,
    coveredMinutes: 90,
  }
  const funding = {
    ...nothing,
    symbol: 'BUSDT',
    dataset: 'funding',
    to: T0 + 480 * MINUTE,
    dueTo: T0 + MINUTE,
    cadenceSeconds: 28_800,
    coveredMinutes: 480,
  }

  it('tell our holes from those of the venue, per symbol and dataset', async () => {
    expect(await readSeries(database.sql, { venue: 'binance', now })).toEqual([broken, funding, behind])
  })

  it('show only the symbols asked for', async () => {
    expect(await readSeries(database.sql, { venue: 'binance', symbols: ['BUSDT'], now })).toEqual([
      funding,
      behind,
    ])
  })

  it('sum up each dataset', async () => {
    expect(sumUpDatasets(await readSeries(database.sql, { venue: 'binance', now }))).toEqual([
      {
        dataset: 'funding',
        symbols: 1,
        whole: 1,
        from: T0,
        oldestTo: T0 + 480 * MINUTE,
        newestTo: T0 + 480 * MINUTE,
        lagSeconds: 0,
        coveredMinutes: 480,
        absentMinutes: 0,
        missingMinutes: 0,
        missingStretches: 0,
      },
      {
        dataset: 'ohlcv',
        symbols: 2,
        whole: 0,
        from: T0,
        oldestTo: T0 + 90 * MINUTE,
        newestTo: T0 + 100 * MINUTE,
        lagSeconds: 630,
        coveredMinutes: 181,
        absentMinutes: 2,
        missingMinutes: 9,
        missingStretches: 4,
      },
    ])
  })
})

describe('run reports', () => {
  it('tell a run that lives from one that is lost and one that has ended', async () => {
    const { sql } = database
    const open = (script: string) => {
      const executionId = randomUUID()
      const journal = createJournal(sql, { executionId, script, version: '1' }, createRedactor())
      return { executionId, journal }
    }
    const [lost, ended, alive] = [open('lost'), open('ended'), open('alive')]
    for (const { journal } of [lost, ended, alive]) await journal.start({})
    await sql`update executions set heartbeat_time = now() - interval '61 seconds' where execution_id = ${lost.executionId}`
    const counts = { requests: 1, rowsFetched: 2, rowsInserted: 3, rowsUpdated: 4, errors: 5, warnings: 6 }
    await ended.journal.status('Stopped', 'Stopped: by hand', {})
    await ended.journal.finish(false, 'interrupted', counts, {})
    await alive.journal.status('Running', '43 %', {})
    const runs = await recentRuns(sql, { limit: 3 })
    expect(runs.map(({ script, state, isAlive, message }) => [script, state, isAlive, message])).toEqual([
      ['alive', 'running', true, '43 %'],
      ['ended', 'stopped', false, 'Stopped: by hand'],
      ['lost', 'lost', false, 'lost started'],
    ])
    expect(runs[1]).toMatchObject({ ...counts, success: false, failureType: 'interrupted', tier: 'Stopped' })
    // One that is still there is told, however many have come and gone since.
    const later = open('later')
    await later.journal.start({})
    await later.journal.finish(true, null, counts, {})
    expect((await recentRuns(sql, { limit: 1 })).map(({ script }) => script)).toEqual(['later', 'alive'])
    expect(await recentRuns(sql, { limit: 3, since: Date.now() + MINUTE })).toHaveLength(0)
  })

  it('know the venue clock from the last run that noted it, and the database clock before', async () => {
    await using fresh = await createTestDatabase()
    const before = await readVenueClock(fresh.sql, 'binance')
    expect(before.isVenues).toBe(false)
    await fresh.sql`
      insert into perp_status (ts, script_name, status, details)
      values (now() - interval '10 seconds', 's', 'Running', ${fresh.sql.json({ venue: 'binance', venueTime: T0 })}),
        (now(), 's', 'Running', ${fresh.sql.json({ venue: 'okx', venueTime: 5 })})`
    const { now, isVenues } = await readVenueClock(fresh.sql, 'binance')
    expect(isVenues).toBe(true)
    expect(now - T0).toBeGreaterThanOrEqual(10_000)
    expect(now - T0).toBeLessThan(40_000)
  })
})

describe('error reports', () => {
  const [one, two] = ['aaaaaaaa-0000-4000-8000-000000000001', 'bbbbbbbb-0000-4000-8000-000000000002']
  beforeAll(async () => {
    const rows: [number, string, string, string][] = [
      [0, 'bad_row', 'AUSDT', one],
      [1, 'payload', 'BUSDT', one],
      [2, 'bad_row', 'BUSDT', two],
      [3, 'network', 'AUSDT', two],
    ]
    for (const [minute, type, symbol, id] of rows) {
      await database.sql`
        insert into perp_errors (ts, script_name, error_type, error_message, details, execution_id)
        values (${at(minute)}, 'backfill ohlcv', ${type}, ${`number ${minute}`}, ${database.sql.json({ symbol })}, ${id})`
    }
  })
  const messages = async (filter: object): Promise<(string | null)[]> =>
    (await listErrors(database.sql, { limit: 50, ...filter })).map((row) => row.message)

  it.each([
    [{}, ['number 0', 'number 1', 'number 2', 'number 3']],
    [{ limit: 2 }, ['number 2', 'number 3']],
    [{ executionId: 'BBBB' }, ['number 2', 'number 3']],
    [{ executionId: one }, ['number 0', 'number 1']],
    [{ executionId: '%' }, []],
    [{ symbol: 'AUSDT' }, ['number 0', 'number 3']],
    [{ type: 'bad_row', symbol: 'BUSDT' }, ['number 2']],
    [{ since: T0 + MINUTE, until: T0 + 3 * MINUTE }, ['number 1', 'number 2']],
  ])('pass %j: %j', async (filter, expected) => {
    expect(await messages(filter)).toEqual(expected)
  })

  it('go on after an id', async () => {
    const [first, second] = await listErrors(database.sql, { limit: 50 })
    const rest = await listErrors(database.sql, { limit: 50, afterId: first?.id })
    expect(rest[0]).toEqual(second)
  })

  it('follow the status rows in the same way', async () => {
    const rows = await listStatus(database.sql, { limit: 2 })
    expect(rows).toHaveLength(2)
    expect(await listStatus(database.sql, { limit: 50, afterId: rows[0]?.id ?? 0 })).toEqual(rows.slice(1))
  })
})
