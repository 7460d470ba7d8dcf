import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../src/lib/model/window.ts'
import { storedCandles, trueCandles } from '../helpers/recorded.ts'
import { FAST, hasCandles, RATE, START, SYMBOLS, startStream, stop } from '../helpers/stream-runs.ts'
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
import { createWorld } from '../helpers/world.ts'

describe('the rows of a stream', () => {
  it('killed again and again goes on where it was: no gap, no row twice, no order that was committed lost', async () => {
    await using stack = new AsyncDisposableStack()
    const world = stack.use(await createWorld({ clock: FAST }))
    const { simulator } = world
    const { sql } = world.database
    const kills: { readonly from: number; readonly to: number }[] = []
    const timeOf = (order: string): number => Number(order.split(' ')[1])
    /** Orders that were sent up to `time` and are not stored, but for those that were in memory at a kill. */
    const lacking = async (time: number): Promise<string[]> => {
      const stored = new Set(await storedOrders(sql))
      return sentOrders(simulator, SYMBOLS).filter(
        (order) =>
          timeOf(order) <= time &&
          !stored.has(order) &&
          !kills.some(({ from, to }) => timeOf(order) > from && timeOf(order) <= to),
      )
    }
    for (let turn = 1; turn <= 3; turn += 1) {
      const { child, done } = startStream(stack, world)
      await untilVenueTime(simulator, START + turn * 90 * MINUTE, 400_000)
      const from = simulator.now()
      await eventually(async () => expect(await lacking(from)).toEqual([]))
      child.kill('SIGKILL')
      await done
      kills.push({ from, to: simulator.now() })
    }
    const last = startStream(stack, world)
    await untilWhole(sql, SYMBOLS, START + 6 * HOUR)
    await eventually(async () => expect((await storedOrders(sql)).length).toBeGreaterThan(20))
    expect((await stop(last)).code).toBe(130)
    await expectWholeTruth(simulator, sql, SYMBOLS)
    const sent = sentOrders(simulator, SYMBOLS)
    expect((await storedOrders(sql)).filter((order) => !sent.includes(order))).toEqual([])
    expect(await lacking(simulator.now() - HOUR)).toEqual([])
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
})
