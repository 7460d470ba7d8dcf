import { describe, expect, it } from 'vitest'
import { MINUTE, totalSpan } from '../../src/lib/model/window.ts'
import type { FaultRule } from '../../src/sim/core/faults.ts'
import { argsOf, expectCase, prepareCase } from '../helpers/case-run.ts'
import { type BackfillCase, CASE_SYMBOL, CASE_TIME, CASES } from '../helpers/cases.ts'
import { storedCoverage } from '../helpers/coverage-rows.ts'
import { whole } from '../helpers/whole.ts'
import { createWorld, type World } from '../helpers/world.ts'

const NOW = { startAt: CASE_TIME }

/** Where a case meets a fault, each of its own rules. */
const strike = ({ faultPaths }: BackfillCase, fault: FaultRule): FaultRule[] =>
  faultPaths.map((path) => ({ path, ...fault }))

/** Silence is only waited for where it is the fault: on a busy machine a sound answer takes a while, too. */
const runCase = (world: World, backfill: BackfillCase, requestTimeout = '15s') =>
  world.run([...argsOf(backfill), '--request-timeout', requestTimeout])

const SILENT = ['hang', 'slow']

const errorTypes = async (world: World): Promise<string[]> =>
  (
    await world.database.sql<
      { type: string }[]
    >`select distinct error_type as type from perp_errors order by 1`
  ).map(({ type }) => type)

interface Trouble {
  readonly name: string
  /** One after the other. */
  readonly faults: readonly FaultRule[]
  /** What they are recorded as. */
  readonly types: readonly string[]
}

const PASSING: readonly Trouble[] = [
  {
    name: 'answers of a venue in trouble',
    faults: [{ kind: '500' }, { kind: '503' }, { kind: '408' }, { kind: 'html', status: 502 }],
    types: ['http_500', 'http_503', 'http_408', 'http_502'],
  },
  {
    name: 'broken and silent connections',
    faults: [{ kind: 'reset' }, { kind: 'hang' }, { kind: 'reset-early' }, { kind: 'slow', ms: 3_000 }],
    types: ['network', 'timeout'],
  },
  {
    name: 'answers that end early',
    faults: [{ kind: 'truncated-json' }, { kind: 'empty' }, { kind: 'garbage-json' }],
    types: ['payload'],
  },
  {
    name: 'answers to something else',
    faults: [{ kind: 'html', status: 200 }, { kind: 'wrong-shape' }, { kind: 'shifted' }],
    types: ['payload'],
  },
  {
    name: 'pauses that the venue asks for',
    faults: [
      { kind: '429', retryAfter: 1 },
      { kind: '418', retryAfter: 1, ms: 1_000 },
      { kind: '403', retryAfter: 1 },
      { kind: '202-challenge', retryAfter: 1 },
    ],
    types: ['http_429', 'http_418', 'http_403', 'http_202'],
  },
  { name: 'a high below the low', faults: [{ kind: 'high-below-low', count: 2 }], types: ['bad_row'] },
  { name: 'a negative number', faults: [{ kind: 'negative', count: 2 }], types: ['bad_row'] },
  { name: 'no number', faults: [{ kind: 'nan', count: 2 }], types: ['bad_row'] },
  { name: 'two rows of one time', faults: [{ kind: 'conflicting-rows', count: 2 }], types: ['bad_row'] },
  { name: 'one row twice', faults: [{ kind: 'duplicate-rows' }], types: ['duplicate_rows'] },
  // Once: two answers that agree are believed.
  { name: 'a row left out, rows out of order', faults: [{ kind: 'hole' }, { kind: 'unsorted' }], types: [] },
]

const typeOf = ({ kind }: FaultRule): string => `http_${kind.slice(0, 3)}`

/** Faults of single rows, which test/hostile tries on every dataset without a process: here in short only on candles. */
const OF_ROWS = /^(?:bad_row|duplicate_rows)$/

/** Those of the faults that mean something to the case. */
const troublesOf = ({ meaningless, name }: BackfillCase): Trouble[] =>
  PASSING.flatMap((trouble) => {
    if (name !== 'ohlcv' && trouble.types.every((type) => OF_ROWS.test(type)) && whole(false, true)) return []
    const faults = trouble.faults.filter(({ kind }) => !meaningless.includes(kind))
    const left = trouble.faults.filter((fault) => !faults.includes(fault)).map(typeOf)
    const types = trouble.types.filter((type) => !left.includes(type))
    return faults.length > 0 ? [{ ...trouble, faults, types }] : []
  })

// Most of the time is spent waiting: for a pause to end, for a silent venue.
describe.concurrent.each(CASES)('backfill $name after faults that pass', (backfill) => {
  it.each(troublesOf(backfill))('$name: the true rows and a record', async ({ faults, types }) => {
    await using world = await createWorld({ clock: NOW })
    await prepareCase(world, backfill)
    const rules = faults.map((fault, at) => ({ after: backfill.soundRequests + at, count: 1, ...fault }))
    world.simulator.setFaults(rules.flatMap((rule) => strike(backfill, rule)))
    const isSilent = faults.some(({ kind }) => SILENT.includes(kind))
    const result = await runCase(world, backfill, isSilent ? '2s' : undefined)
    expect(result.stderr).not.toContain('    at ')
    expect(result.code).toBe(0)
    expect(JSON.parse(result.stdout)).toMatchObject({
      status: 'Completed',
      errors: 0,
      missingMinutes: 0,
      failed: [],
    })
    await expectCase(world, backfill)
    const met = world.simulator.stats().faults
    for (const { kind } of faults) expect(met[kind]).toBeGreaterThan(0)
    expect(await errorTypes(world)).toEqual(expect.arrayContaining([...types]))
  })
})

describe.concurrent.each(CASES)('backfill $name with a fault that stays', (backfill) => {
  it('leaves a gap of what it spoils, stores the rest, exits 3, and the next run heals it', async () => {
    await using world = await createWorld({ clock: NOW })
    await prepareCase(world, backfill)
    const { datasets, lasting, window } = backfill
    world.simulator.setFaults(strike(backfill, { kind: lasting.kind }))
    const broken = await runCase(world, backfill)
    expect(broken.code).toBe(3)
    const { failed, missingMinutes } = JSON.parse(broken.stdout)
    const reason = expect.stringContaining(lasting.reason)
    for (const dataset of datasets) expect(failed).toContainEqual({ symbol: CASE_SYMBOL, dataset, reason })
    const stored = await backfill.stored(world.database.sql)
    const expected = new Set(backfill.expected(world, CASE_SYMBOL, window))
    expect(stored.length).toBeLessThan(expected.size)
    expect(stored.filter((line) => !expected.has(line))).toEqual([])
    const coverage = await storedCoverage(world.database.sql, datasets)
    const covered = coverage.reduce((sum, job) => sum + totalSpan(job.covered), 0)
    expect(missingMinutes).toBe((datasets.length * (window.to - window.from) - covered) / MINUTE)
    const told = await world.database.sql`
      select distinct details ->> 'symbol' as symbol from perp_errors where details ->> 'severity' = 'error'`
    expect(told).toEqual([{ symbol: CASE_SYMBOL }])

    world.simulator.setFaults([])
    expect((await runCase(world, backfill)).code).toBe(0)
    await expectCase(world, backfill)
  })
})

describe.concurrent('backfill ohlcv with a fault that stays', () => {
  const [candles] = CASES as readonly [BackfillCase]

  it('is told as 75 where the venue bars the location', async () => {
    await using world = await createWorld({ clock: NOW })
    world.simulator.setFaults([{ kind: '451' }])
    const result = await runCase(world, candles)
    expect(result.code).toBe(75)
    expect(result.stderr).toContain('451')
    expect(result.stderr).toContain('location')
  })

  it('is told as 75 where the venue stops to answer', async () => {
    await using world = await createWorld({ clock: NOW })
    world.simulator.setFaults([{ after: 8, kind: 'reset-early' }])
    const result = await world.run([...argsOf(candles), '--venue-timeout', '2s'])
    expect(result.code).toBe(75)
    expect(JSON.parse(result.stdout).error).toMatchObject({ code: 'venue_unavailable', exit: 75 })
    const [run] = await world.database
      .sql`select success, failure_type from executions order by start_time desc`
    expect(run).toEqual({ success: false, failure_type: 'venue_unavailable' })
  })

  it('leaves a ban longer than a run may wait to cron', async () => {
    await using world = await createWorld({ clock: NOW })
    world.simulator.setFaults(strike(candles, { kind: '418', retryAfter: 86_400 }))
    const result = await runCase(world, candles)
    expect(result.code).toBe(75)
    expect(result.stderr).toMatch(/418.*paused until 2026-02-0\d/)
  })

  it('is partial where one symbol alone fails', async () => {
    await using world = await createWorld({ clock: NOW })
    world.simulator.setFaults(strike(candles, { symbol: 'ETHUSDT', kind: 'garbage-json' }))
    const result = await world.run(argsOf(candles, { symbols: [CASE_SYMBOL, 'ETHUSDT'] }))
    expect(result.code).toBe(3)
    expect(JSON.parse(result.stdout)).toMatchObject({
      missingMinutes: 2_880,
      failed: [{ symbol: 'ETHUSDT', dataset: 'ohlcv', reason: expect.stringContaining('not JSON') }],
    })
    await expectCase(world, candles)
  }, 600_000)
})

describe.concurrent('minutes that the venue never had', () => {
  const [candles] = CASES as readonly [BackfillCase]

  it('are known as absent, and not asked for again', async () => {
    const from = candles.window.from + 600 * 60_000
    const hole = { from, to: from + 5 * 60_000 }
    await using world = await createWorld({ clock: NOW, permanentHoles: { [CASE_SYMBOL]: [hole] } })
    const first = await runCase(world, candles)
    expect(first.code).toBe(0)
    expect(JSON.parse(first.stdout)).toMatchObject({ absentMinutes: 5, missingMinutes: 0 })
    const [row] = await world.database.sql`select absent::text from coverage where dataset = 'ohlcv'`
    expect(row?.absent).toBe('{["2026-02-01 10:00:00+00","2026-02-01 10:05:00+00")}')
    const second = await runCase(world, candles)
    expect(JSON.parse(second.stdout)).toMatchObject({ requests: 0, absentMinutes: 5 })
  })
})
