import { describe, expect, it } from 'vitest'
import { DAY, MINUTE } from '../../src/lib/model/window.ts'
import { FAST, hasCandles, START, SYMBOLS, startStream, stop, typesOf } from '../helpers/stream-runs.ts'
import { coverageOf, eventually, expectWholeTruth, untilWhole } from '../helpers/stream-world.ts'
import { createWorld } from '../helpers/world.ts'

describe('a stream', () => {
  it('lets symbols come and go with the list of the venue', async () => {
    await using stack = new AsyncDisposableStack()
    const [listed, ended] = [START - 30_000 + 60 * MINUTE, START - 30_000 + 80 * MINUTE]
    const world = stack.use(
      await createWorld({
        clock: { startAt: START, rate: 240 },
        symbolCount: 4,
        listingChanges: [
          { symbol: 'NEWUSDT', at: listed, status: 'TRADING' },
          { symbol: 'ETHUSDT', at: ended, status: 'SETTLING' },
        ],
      }),
    )
    const { database, simulator } = world
    const running = startStream(stack, world, [], 'all')
    let told = ''
    running.child.stderr?.on('data', (chunk: Buffer) => (told += chunk.toString()))
    await eventually(() => expect(told).toContain('not traded any more: ETHUSDT'))
    await untilWhole(database.sql, ['BTCUSDT', 'NEWUSDT'], START + 130 * MINUTE)
    const { code, stderr } = await stop(running)
    expect(code).toBe(130)
    expect(stderr).toContain('traded from now on: NEWUSDT')
    const symbols = [...(await coverageOf(database.sql, 'ohlcv')).keys()]
    const windows = await expectWholeTruth(simulator, database.sql, symbols)
    expect(windows.get('NEWUSDT')?.from).toBe(listed)
    const [last] = await database.sql`select max(ts) as ts from ohlcv where symbol = 'ETHUSDT'`
    expect(last?.ts.getTime()).toBe(ended - MINUTE)
  }, 600_000)

  it('polls open interest once a minute, as of the minute that begins after it was seen', async () => {
    await using stack = new AsyncDisposableStack()
    const world = stack.use(await createWorld({ clock: { startAt: START, rate: 20 } }))
    const { database } = world
    const running = startStream(stack, world, ['--oi-poll'], 'BTCUSDT,ETHUSDT')
    const rows = () =>
      database.sql<{ symbol: string; age: number; value: string | null }[]>`
        select symbol, extract(epoch from ts - sampled_at)::float8 as age, open_interest_value as value
        from open_interest order by symbol, ts`
    await eventually(async () => expect((await rows()).length).toBeGreaterThanOrEqual(6))
    await stop(running)
    for (const { age, value } of await rows()) {
      expect(age).toBeGreaterThanOrEqual(0)
      expect(age).toBeLessThan(60)
      expect(value).toBeNull()
    }
  }, 600_000)

  it('has its symbols alone: a second one says whose they are and ends with 4, unless it takes over', async () => {
    await using stack = new AsyncDisposableStack()
    const world = stack.use(await createWorld({ clock: FAST }))
    const first = startStream(stack, world)
    await hasCandles(world, 6)
    const second = await startStream(stack, world, ['--json'], 'SOLUSDT,XRPUSDT').done
    expect(second.code).toBe(4)
    expect(second.stdout).toContain('SOLUSDT: another stream has them already')
    expect(second.stdout).toContain('--takeover')
    const third = startStream(stack, world, ['--takeover'])
    const { code, stderr } = await first.done
    expect(code).toBe(0)
    expect(stderr).toContain('another stream goes on in its place')
    await untilWhole(world.database.sql, SYMBOLS, world.simulator.now() + 20 * MINUTE)
    expect((await stop(third, 'SIGTERM')).code).toBe(143)
    await expectWholeTruth(world.simulator, world.database.sql, SYMBOLS)
  }, 600_000)

  it('tells its tiers, a heartbeat with what came since the last one, and its lag; and stops within five seconds', async () => {
    await using stack = new AsyncDisposableStack()
    const world = stack.use(await createWorld({ clock: FAST }))
    const { database } = world
    const running = startStream(stack, world)
    await eventually(async () => {
      const rows = await database.sql`select 1 from perp_status
        where status = 'Running' and (details ->> 'missingMinutes')::int = 0 and details -> 'lag' ->> 'p50' is not null`
      expect(rows.length).toBeGreaterThanOrEqual(2)
    })
    const killedAt = performance.now()
    const { code, stderr, stdout } = await stop(running)
    // Five seconds where the machine does nothing else.
    expect(performance.now() - killedAt).toBeLessThan(30_000)
    expect([code, stdout]).toEqual([130, ''])
    const lines = stderr.trim().split('\n')
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC stream\| Started$/)
    // On a slow machine rows may be fetched before the feed is up, and lines about it may come in between.
    const begun = lines.findIndex((line) => /stream\| Running: 3 symbols over 1 connection$/.test(line))
    const isBeat = (line: string): boolean =>
      /stream\| OHLCV: [\d,]+\| LQ: [\d,]+\| TV: [\d,]+(?:\| |$)/.test(line)
    expect(begun).toBeGreaterThan(0)
    expect(lines.slice(0, begun).filter((line) => line.endsWith('OHLCV: 0| LQ: 0| TV: 0'))).toEqual([])
    expect(lines.slice(begun).filter(isBeat)).not.toEqual([])
    expect(lines.at(-1)).toMatch(/stream\| Stopped: interrupted; what came is stored: [\d,]+ new rows/)
    const told = await database.sql`select status, message, details from perp_status order by task_id`
    expect([told[0]?.status, told[1]?.status, told.at(-1)?.status]).toEqual(['Started', 'Running', 'Stopped'])
    const beat = told.findLast(({ status, details }) => status === 'Running' && details.missingMinutes === 0)
    expect(beat?.message).toMatch(/^OHLCV: \d+\| LQ: \d+\| TV: \d+/)
    expect(beat?.details).toMatchObject({
      symbols: 3,
      connections: 1,
      live: 1,
      missingMinutes: 0,
      spooled: 0,
    })
    expect(beat?.details.lag.p50).toBeGreaterThan(0)
    expect(beat?.details.lag.p99).toBeGreaterThanOrEqual(beat?.details.lag.p50)
    const [run] = await database.sql`select success, failure_type from executions`
    expect(run).toEqual({ success: true, failure_type: null })
  }, 600_000)

  it('goes on with the other symbols where the venue does not know one, ends by itself with --for, and says 3', async () => {
    await using stack = new AsyncDisposableStack()
    const world = stack.use(await createWorld({ clock: { startAt: START, rate: 60 } }))
    const { code, stdout } = await startStream(stack, world, ['--for', '12s', '--json'], 'BTCUSDT,BTCUSDD')
      .done
    expect(code).toBe(3)
    const summary = JSON.parse(stdout)
    expect(summary).toMatchObject({ status: 'Stopped', symbols: 2, failed: [{ symbol: 'BTCUSDD' }] })
    expect(summary.failed[0].reason).toContain('BTCUSDT')
    await expectWholeTruth(world.simulator, world.database.sql, ['BTCUSDT'])
  }, 600_000)

  it('heals what a venue does that is silent, refuses, and goes away for a while', async () => {
    await using stack = new AsyncDisposableStack()
    const world = stack.use(await createWorld({ clock: FAST }))
    const { database, simulator } = world
    const running = startStream(stack, world)
    await hasCandles(world, 30)
    const hasLost = (count: number): Promise<void> =>
      eventually(async () => expect((await typesOf(world)).get('disconnect')).toBeGreaterThanOrEqual(count))
    simulator.setFaults([
      { kind: 'ws-stall', atMs: MINUTE, ms: 40 * MINUTE },
      { kind: '503', path: 'klines', every: 3, count: 20 },
    ])
    await hasLost(1)
    simulator.setFaults([
      { kind: 'ws-reset', atMs: MINUTE },
      { kind: 'ws-refuse', atMs: MINUTE, ms: 30 * MINUTE },
    ])
    await hasLost(2)
    simulator.setFaults([])
    await untilWhole(database.sql, SYMBOLS, simulator.now() + 20 * MINUTE)
    expect((await stop(running)).code).toBe(130)
    await expectWholeTruth(simulator, database.sql, SYMBOLS)
    expect((await typesOf(world)).get('connect_failed')).toBeGreaterThanOrEqual(1)
    const spans = await database.sql`select details from perp_errors where error_type = 'disconnect'`
    for (const { details } of spans) {
      expect(Date.parse(details.from)).toBeGreaterThan(START)
      expect(Date.parse(details.to)).toBeGreaterThanOrEqual(Date.parse(details.from))
      expect(Date.parse(details.to) - Date.parse(details.from)).toBeLessThan(DAY)
    }
  }, 600_000)
})
