import { describe, expect, it } from 'vitest'
import { storedCandles } from '../helpers/recorded.ts'
import { Wire } from '../helpers/wire.ts'
import { createWorld, expectTruth, type World } from '../helpers/world.ts'

const SINCE = Date.UTC(2026, 1, 1)
const UNTIL = SINCE + 8 * 86_400_000
const WINDOW = { from: SINCE, to: UNTIL }
const ARGS = [
  'backfill',
  'ohlcv',
  '--symbols',
  'BTCUSDT',
  '--since',
  '2026-02-01',
  '--until',
  '2026-02-09',
  '--concurrency',
  '1',
  '--json',
]
const NOW = { startAt: Date.UTC(2026, 1, 10) }
/** Slow enough for something to happen in the middle. */
const SLOW = { path: 'klines', kind: 'slow', ms: 60, every: 2 } as const

const someRows = async (world: World): Promise<number> =>
  (await world.database.sql<{ count: number }[]>`select count(*)::int as count from ohlcv`)[0]?.count ?? 0

describe('a database that goes away in the middle of a run', () => {
  it('and comes back: the run waits for it and ends well', async () => {
    await using world = await createWorld({ clock: NOW, faults: [SLOW] })
    await using wire = new Wire()
    await wire.open(world.database.url)
    const { done } = world.start(ARGS, { DATABASE_URL: wire.url })
    await expect.poll(() => someRows(world), { interval: 20, timeout: 120_000 }).toBeGreaterThan(0)
    const port = Number(new URL(wire.url).port)
    await wire.close()
    await world.database.sql`select pg_sleep(1.5)`
    await wire.open(world.database.url, port)
    const result = await done
    expect(result.code).toBe(0)
    expect(JSON.parse(result.stdout)).toMatchObject({ status: 'Completed', missingMinutes: 0 })
    await expectTruth(world, ['BTCUSDT'], WINDOW)
  })

  it('for longer than --db-timeout: exit code 5, nothing lost, the next run goes on', async () => {
    await using world = await createWorld({ clock: NOW, faults: [SLOW] })
    await using wire = new Wire()
    await wire.open(world.database.url)
    const { done } = world.start([...ARGS, '--db-timeout', '1s'], { DATABASE_URL: wire.url })
    await expect.poll(() => someRows(world), { interval: 20, timeout: 120_000 }).toBeGreaterThan(0)
    await wire.close()
    const result = await done
    expect(result.code).toBe(5)
    expect(JSON.parse(result.stdout).error).toMatchObject({ code: 'database', exit: 5 })
    const stored = await someRows(world)
    world.simulator.setFaults([])
    const next = await world.run(ARGS)
    expect(next.code).toBe(0)
    expect((await storedCandles(world.database.sql)).length).toBeGreaterThan(stored)
    await expectTruth(world, ['BTCUSDT'], WINDOW)
  })
})
