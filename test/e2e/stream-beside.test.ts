import { describe, expect, it } from 'vitest'
import { MINUTE } from '../../src/lib/model/window.ts'
import { coverageOf, eventually } from '../helpers/stream-world.ts'
import { createWorld } from '../helpers/world.ts'

const STREAMED = 30

describe('a stream and a backfill on one address', () => {
  it('spend one budget: no request over the limit, and neither waits for the end of the other', async () => {
    await using stack = new AsyncDisposableStack()
    const world = stack.use(await createWorld({ symbolCount: STREAMED + 2 }))
    const { database, simulator } = world
    const { child, done } = world.start(['stream', '--symbols', 'all', '--oi-poll', '--heartbeat', '5s'])
    stack.defer(() => void child.kill('SIGKILL'))
    await eventually(async () =>
      expect(await database.sql`select 1 from perp_status where status = 'Running'`).not.toHaveLength(0),
    )
    // More than the budget of a minute: 2 × 220 days at 499 candles for a weight of 2.
    const backfill = world.start(['backfill', 'ohlcv', '--symbols', 'BTCUSDT,ETHUSDT', '--since', '220d'])
    stack.defer(() => void backfill.child.kill('SIGKILL'))
    const before = Date.now()
    const { code, stderr } = await backfill.done
    expect([code, stderr]).toEqual([0, expect.stringContaining('Completed')])
    const after = Date.now()
    expect(after - before).toBeGreaterThan(MINUTE)

    const polled = await database.sql<{ rows: number }[]>`
      select count(*)::int as rows from open_interest
      where sampled_at > to_timestamp(${before / 1_000}::float8) and sampled_at < to_timestamp(${after / 1_000}::float8)`
    expect(polled[0]?.rows).toBeGreaterThanOrEqual(STREAMED)
    child.kill('SIGTERM')
    expect((await done).code).toBe(143)
    const known = await coverageOf(database.sql, 'ohlcv')
    for (const [symbol, windows] of known) expect(windows, symbol).toHaveLength(1)
    expect(known.size).toBeGreaterThanOrEqual(STREAMED)
    const last = Math.floor(after / MINUTE) * MINUTE - MINUTE
    for (const [symbol, [window]] of known) expect(window?.to, symbol).toBeGreaterThanOrEqual(last)
    expect(simulator.stats().violations).toEqual({ limited: 0, whileBanned: 0 })
  }, 600_000)
})
