import { describe, expect, it } from 'vitest'
import type { FaultRule } from '../../src/lib/sim/faults.ts'
import { storedCandles, wireCandles } from '../helpers/recorded.ts'
import { createWorld, expectTruth, type World } from '../helpers/world.ts'

const SINCE = Date.UTC(2026, 1, 1)
const UNTIL = SINCE + 2 * 86_400_000
const WINDOW = { from: SINCE, to: UNTIL }
const SYMBOL = 'BTCUSDT'
const ARGS = [
  'backfill',
  'ohlcv',
  '--symbols',
  SYMBOL,
  '--since',
  '2026-02-01',
  '--until',
  '2026-02-03',
  '--json',
  '--request-timeout',
  '1s',
]
const NOW = { startAt: Date.UTC(2026, 1, 10) }

const truth = (world: World): string[] =>
  wireCandles(SYMBOL, world.simulator.truth.candles(SYMBOL, { from: SINCE, to: UNTIL }))

const errorTypes = async (world: World): Promise<string[]> =>
  (
    await world.database.sql<
      { type: string }[]
    >`select distinct error_type as type from perp_errors order by 1`
  ).map(({ type }) => type)

/** Faults that pass: what they are recorded as. */
const PASSING: readonly (readonly [FaultRule, string])[] = [
  [{ kind: '500' }, 'http_500'],
  [{ kind: '503' }, 'http_503'],
  [{ kind: '408' }, 'http_408'],
  [{ kind: 'html', status: 502 }, 'http_502'],
  [{ kind: 'html', status: 200 }, 'payload'],
  [{ kind: 'reset' }, 'network'],
  [{ kind: 'reset-early' }, 'network'],
  [{ kind: 'hang' }, 'timeout'],
  [{ kind: 'slow', ms: 2_000 }, 'timeout'],
  [{ kind: 'truncated-json' }, 'payload'],
  [{ kind: 'garbage-json' }, 'payload'],
  [{ kind: 'wrong-shape' }, 'payload'],
  [{ kind: 'empty' }, 'payload'],
  [{ kind: 'shifted' }, 'payload'],
  [{ kind: 'high-below-low' }, 'bad_row'],
  [{ kind: 'negative' }, 'bad_row'],
  [{ kind: 'nan' }, 'bad_row'],
  [{ kind: 'conflicting-rows' }, 'bad_row'],
  [{ kind: 'duplicate-rows' }, 'duplicate_rows'],
  [{ kind: '429', retryAfter: 1 }, 'http_429'],
  [{ kind: '418', retryAfter: 1, ms: 1_000 }, 'http_418'],
  [{ kind: '403', retryAfter: 1 }, 'http_403'],
  [{ kind: '202-challenge', retryAfter: 1 }, 'http_202'],
]

describe('a fault that passes', () => {
  it.each(PASSING)('%o leaves the true rows and a record', async (fault, type) => {
    await using world = await createWorld({
      clock: NOW,
      faults: [{ path: 'klines', after: 1, every: 2, count: 2, ...fault }],
    })
    const result = await world.run(ARGS)
    expect(result.stderr).not.toContain('    at ')
    expect(result.code).toBe(0)
    expect(JSON.parse(result.stdout)).toMatchObject({
      status: 'Completed',
      errors: 0,
      missingMinutes: 0,
      failed: [],
    })
    await expectTruth(world, [SYMBOL], WINDOW)
    expect(await errorTypes(world)).toContain(type)
  })

  it.each([{ kind: 'hole' }, { kind: 'unsorted' }] as const)('%o leaves the true rows', async (fault) => {
    await using world = await createWorld({
      clock: NOW,
      faults: [{ path: 'klines', after: 1, every: 2, count: 2, ...fault }],
    })
    expect((await world.run(ARGS)).code).toBe(0)
    await expectTruth(world, [SYMBOL], WINDOW)
  })
})

describe('a fault that stays', () => {
  it('keeps the minutes of a broken row a gap, stores the rest, exits 3, and the next run heals it', async () => {
    await using world = await createWorld({
      clock: NOW,
      faults: [{ path: 'klines', kind: 'high-below-low' }],
    })
    const broken = await world.run(ARGS)
    expect(broken.code).toBe(3)
    const summary = JSON.parse(broken.stdout)
    expect(summary.failed[0]).toMatchObject({ symbol: SYMBOL, dataset: 'ohlcv' })
    const stored = await storedCandles(world.database.sql)
    expect(stored).toHaveLength(2_880 - summary.missingMinutes)
    expect(truth(world)).toEqual(expect.arrayContaining(stored))
    const [row] = await world.database
      .sql`select details from perp_errors where error_type = 'bad_row' limit 1`
    expect(row?.details).toMatchObject({ symbol: SYMBOL, dataset: 'ohlcv', venue_row: expect.any(Array) })

    world.simulator.setFaults([])
    expect((await world.run(ARGS)).code).toBe(0)
    await expectTruth(world, [SYMBOL], WINDOW)
  })

  it('is told as 75 where the venue stops to answer', async () => {
    await using world = await createWorld({ clock: NOW, faults: [{ after: 8, kind: 'reset-early' }] })
    const result = await world.run([...ARGS, '--venue-timeout', '2s'])
    expect(result.code).toBe(75)
    expect(JSON.parse(result.stdout).error).toMatchObject({ code: 'venue_unavailable', exit: 75 })
    const [run] = await world.database.sql`select success, failure_type from executions`
    expect(run).toEqual({ success: false, failure_type: 'venue_unavailable' })
  })

  it('names a blocked location and exits 75', async () => {
    await using world = await createWorld({ clock: NOW, faults: [{ kind: '451' }] })
    const result = await world.run(ARGS)
    expect(result.code).toBe(75)
    expect(result.stderr).toContain('451')
    expect(result.stderr).toContain('location')
  })

  it('leaves a ban longer than a run may wait to cron', async () => {
    await using world = await createWorld({
      clock: NOW,
      faults: [{ path: 'klines', kind: '418', retryAfter: 86_400 }],
    })
    const result = await world.run(ARGS)
    expect(result.code).toBe(75)
    expect(result.stderr).toMatch(/418.*paused until 2026-02-1\d/)
  })

  it('is partial where one symbol alone fails', async () => {
    await using world = await createWorld({
      clock: NOW,
      faults: [{ path: 'klines', symbol: 'ETHUSDT', kind: 'garbage-json' }],
    })
    const args = ARGS.map((arg) => (arg === SYMBOL ? 'BTCUSDT,ETHUSDT' : arg))
    const result = await world.run(args)
    expect(result.code).toBe(3)
    expect(JSON.parse(result.stdout)).toMatchObject({
      missingMinutes: 2_880,
      failed: [{ symbol: 'ETHUSDT', dataset: 'ohlcv', reason: expect.stringContaining('not JSON') }],
    })
    await expectTruth(world, [SYMBOL], WINDOW)
  }, 90_000)
})

describe('minutes that the venue never had', () => {
  it('are known as absent, and not asked for again', async () => {
    const hole = { from: SINCE + 600 * 60_000, to: SINCE + 605 * 60_000 }
    await using world = await createWorld({ clock: NOW, permanentHoles: { [SYMBOL]: [hole] } })
    const first = await world.run(ARGS)
    expect(first.code).toBe(0)
    expect(JSON.parse(first.stdout)).toMatchObject({ absentMinutes: 5, missingMinutes: 0 })
    const [row] = await world.database.sql`select absent::text from coverage where dataset = 'ohlcv'`
    expect(row?.absent).toBe('{["2026-02-01 10:00:00+00","2026-02-01 10:05:00+00")}')
    const second = await world.run(ARGS)
    expect(JSON.parse(second.stdout)).toMatchObject({ requests: 0, absentMinutes: 5 })
  })
})
