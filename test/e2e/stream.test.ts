import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/lib/model/window.ts'
import type { RunningCli } from '../helpers/cli.ts'
import { storedCandles, trueCandles } from '../helpers/recorded.ts'
import {
  coverageOf,
  eventually,
  expectOrders,
  expectWholeTruth,
  sentOrders,
  storedOrders,
  untilVenueTime,
  untilWhole,
} from '../helpers/stream-world.ts'
import { createWorld, type World } from '../helpers/world.ts'

const START = Date.UTC(2026, 1, 1, 0, 0, 30)
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT']
/** Venue minutes for a real second: eight. */
const RATE = 480
const FAST = { startAt: START, rate: RATE }

/** A stream of the usual symbols, ended with the test if not before. */
function startStream(
  stack: AsyncDisposableStack,
  world: World,
  args: readonly string[] = [],
  symbols = SYMBOLS.join(','),
): RunningCli {
  const running = world.start([
    'stream',
    '--symbols',
    symbols,
    '--heartbeat',
    '2s',
    '--stall-timeout',
    '2s',
    '--reconnect-max',
    '1s',
    ...args,
  ])
  stack.defer(() => void running.child.kill('SIGKILL'))
  return running
}

async function stop({ child, done }: RunningCli, signal: NodeJS.Signals = 'SIGINT') {
  child.kill(signal)
  return await done
}

const hasCandles = (world: World, count: number): Promise<void> =>
  eventually(async () => {
    const [row] = await world.database.sql<{ count: string }[]>`select count(*) from ohlcv`
    expect(Number(row?.count)).toBeGreaterThanOrEqual(count)
  })

const typesOf = async ({ database }: World): Promise<Map<string, number>> => {
  const rows = await database.sql<{ type: string; count: number }[]>`
    select error_type as type, count(*)::int as count from perp_errors group by 1`
  return new Map(rows.map(({ type, count }) => [type, count]))
}

describe('a stream', () => {
  it('killed again and again goes on where it was: no gap, no row twice, no order that was committed lost', async () => {
    await using stack = new AsyncDisposableStack()
    const world = stack.use(await createWorld({ clock: FAST }))
    const { simulator } = world
    const kills: { readonly from: number; readonly to: number }[] = []
    for (let turn = 1; turn <= 3; turn += 1) {
      const { child, done } = startStream(stack, world)
      await untilVenueTime(simulator, START + turn * 90 * MINUTE, 400_000)
      const at = simulator.now()
      child.kill('SIGKILL')
      await done
      kills.push({ from: at - 40 * MINUTE, to: simulator.now() })
    }
    const last = startStream(stack, world)
    await untilWhole(world.database.sql, SYMBOLS, START + 6 * HOUR)
    expect((await stop(last)).code).toBe(130)
    await expectWholeTruth(simulator, world.database.sql, SYMBOLS)
    const [stored, sent] = [await storedOrders(world.database.sql), sentOrders(simulator, SYMBOLS)]
    expect(stored.filter((order) => !sent.includes(order))).toEqual([])
    // What had just come when it was killed was in memory: a second of its time is eight minutes of the venue's.
    const isLost = (order: string): boolean => {
      const time = Number(order.split(' ')[1])
      return kills.some(({ from, to }) => time > from && time <= to)
    }
    expect(sent.filter((order) => !stored.includes(order) && !isLost(order))).toEqual([])
    expect(stored.length).toBeGreaterThan(20)
  }, 600_000)

  it('fills what lies before it from --since on, holes in what is stored without, and nothing twice', async () => {
    await using stack = new AsyncDisposableStack()
    const world = stack.use(await createWorld({ clock: { startAt: START, rate: 60 } }))
    const { database, simulator } = world
    const filled = ['--since', '2026-01-30', '--until', '2026-01-31T12:00Z']
    expect((await world.run(['backfill', 'ohlcv', '--symbols', 'BTCUSDT', ...filled])).code).toBe(0)
    const first = startStream(stack, world, [], 'BTCUSDT,ETHUSDT')
    await untilWhole(database.sql, ['BTCUSDT', 'ETHUSDT'], START + 10 * MINUTE)
    await stop(first)
    const windows = await expectWholeTruth(simulator, database.sql, ['BTCUSDT', 'ETHUSDT'])
    expect(windows.get('BTCUSDT')?.from).toBe(Date.UTC(2026, 0, 30))
    expect(windows.get('ETHUSDT')?.from).toBeGreaterThan(START - MINUTE)
    const second = startStream(stack, world, ['--since', '2026-01-31'], 'BTCUSDT,ETHUSDT')
    await eventually(async () => {
      const known = await coverageOf(database.sql, 'ohlcv')
      expect(known.get('ETHUSDT')).toHaveLength(1)
      expect(known.get('ETHUSDT')?.[0]?.from).toBe(Date.UTC(2026, 0, 31))
    })
    await stop(second)
    await expectWholeTruth(simulator, database.sql, ['BTCUSDT', 'ETHUSDT'])
    const funding = await database.sql`select symbol from funding_rates order by symbol, ts`
    expect(funding.filter(({ symbol }) => symbol === 'ETHUSDT').length).toBeGreaterThanOrEqual(3)
  }, 600_000)

  it('lets the word of the other interface count where the feed said something else, and tells how often', async () => {
    await using stack = new AsyncDisposableStack()
    const faults = [{ kind: 'ws-wrong-close', symbol: 'ETHUSDT', every: 4 }] as const
    const world = stack.use(await createWorld({ clock: FAST, faults }))
    const { database, simulator } = world
    const running = startStream(stack, world, ['--recheck', '3s'])
    await eventually(async () => {
      const [row] = await database.sql`select details from perp_status where status = 'Running'
        order by task_id desc limit 1`
      expect(row?.details.corrected).toBeGreaterThan(5)
    })
    simulator.setFaults([])
    const until = simulator.now()
    await eventually(async () => {
      const before = (line: string): boolean => Number(line.split(',')[1]) < until
      const stored = (await storedCandles(database.sql)).filter(
        (line) => before(line) && line.startsWith('ETH'),
      )
      const window = { from: Number(stored[0]?.split(',')[1]), to: until }
      expect(stored).toEqual(trueCandles(simulator.truth, 'ETHUSDT', window))
    })
    expect((await stop(running)).code).toBe(130)
    const wrong = await database.sql`select 1 from taker_volume join ohlcv using (venue, symbol, ts)
      where buy_volume <> taker_buy_volume or sell_volume <> volume - taker_buy_volume`
    expect(wrong).toHaveLength(0)
    await expectWholeTruth(simulator, database.sql, SYMBOLS)
  }, 600_000)

  it('makes taker volume, RSI and index as a backfill makes them, bit for bit, and funding as it was settled', async () => {
    await using stack = new AsyncDisposableStack()
    const world = stack.use(
      await createWorld({
        clock: { startAt: Date.UTC(2026, 1, 1, 6, 0, 30), rate: RATE },
        faults: [{ kind: 'ws-no-close', symbol: 'ETHUSDT', every: 11 }],
      }),
    )
    const { database, simulator } = world
    const running = startStream(stack, world)
    await untilVenueTime(simulator, Date.UTC(2026, 1, 1, 8, 40), 400_000)
    await hasCandles(world, 420)
    const made = async () => ({
      rsi: await database.sql`select * from rsi order by symbol, ts`,
      index: await database.sql`select * from mt_index order by ts`,
      flows:
        await database.sql`select symbol, ts, buy_volume, sell_volume, method from taker_volume order by symbol, ts`,
    })
    await eventually(async () => {
      const funding = await database.sql`select symbol from funding_rates order by symbol`
      expect(funding.map(({ symbol }) => symbol)).toEqual(SYMBOLS)
    })
    expect((await stop(running)).code).toBe(130)
    const finish = [
      'rsi-tv',
      '--symbols',
      SYMBOLS.join(','),
      '--tv-method',
      'exact',
      '--since',
      '2026-02-01T06:00Z',
    ]
    await world.run(['backfill', ...finish])
    const live = await made()
    expect(live.rsi.length).toBeGreaterThan(300)
    await database.sql`truncate rsi, mt_index, taker_volume`
    await database.sql`delete from coverage where dataset in ('rsi', 'mt', 'tv')`
    await world.run(['backfill', ...finish])
    expect(await made()).toEqual(live)
  }, 600_000)

  it('sums liquidations per minute as lower bounds, and tells how much of a minute was seen', async () => {
    await using stack = new AsyncDisposableStack()
    const faults = [{ kind: 'ws-disconnect', atMs: 30 * MINUTE, everyMs: 30 * MINUTE }] as const
    const world = stack.use(await createWorld({ clock: { startAt: START, rate: 240 }, faults }))
    const { database, simulator } = world
    const running = startStream(stack, world)
    await untilVenueTime(simulator, START + 100 * MINUTE, 400_000)
    const until = simulator.now() - 12 * MINUTE
    expect((await stop(running)).code).toBe(130)
    const wrong = await database.sql`
      select * from (
        select l.symbol, l.ts, l.long_volume, l.short_volume,
          coalesce(sum(o.filled) filter (where o.position_side = 'long'), 0) as long_orders,
          coalesce(sum(o.filled) filter (where o.position_side = 'short'), 0) as short_orders
        from liquidations l left join liquidation_orders o
          on o.symbol = l.symbol and o.ts >= l.ts and o.ts < l.ts + interval '1 minute'
        where l.source = 'stream' group by 1, 2, 3, 4) as minutes
      where long_volume <> long_orders or short_volume <> short_orders`
    expect(wrong).toEqual([])
    expect(await expectOrders(simulator, database.sql, SYMBOLS, until)).toBeGreaterThan(5)
    const [seen] = await database.sql<{ whole: number; partial: number }[]>`
      select count(*) filter (where observed_seconds = 60)::int as whole,
        count(*) filter (where observed_seconds < 60)::int as partial from liquidations`
    expect(seen?.whole).toBeGreaterThan(100)
    expect(seen?.partial).toBeGreaterThan(0)
    const [covered] = await database.sql<{ minutes: number }[]>`
      select sum(extract(epoch from upper(part) - lower(part)) / 60)::int as minutes
      from coverage, unnest(covered) as part where dataset = 'lq/stream'`
    expect(covered?.minutes).toBe(seen?.whole)
  }, 600_000)

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
    await untilWhole(database.sql, ['BTCUSDT', 'NEWUSDT'], START + 130 * MINUTE)
    const { code, stderr } = await stop(running)
    expect(code).toBe(130)
    expect(stderr).toContain('traded from now on: NEWUSDT')
    expect(stderr).toContain('not traded any more: ETHUSDT')
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
