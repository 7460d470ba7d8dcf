import { describe, expect, it } from 'vitest'
import { intersect } from '../../src/lib/model/window.ts'
import { storedCandles } from '../helpers/recorded.ts'
import { askedCandles, createWorld, expectTruth } from '../helpers/world.ts'

const SINCE = Date.UTC(2026, 1, 1)
const UNTIL = SINCE + 6 * 86_400_000
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT']
const ARGS = [
  'backfill',
  'ohlcv',
  '--symbols',
  SYMBOLS.join(','),
  '--since',
  '2026-02-01',
  '--until',
  '2026-02-07',
  '--json',
]
const NOW = { startAt: Date.UTC(2026, 1, 10) }

describe('two runs at once', () => {
  it('never fetch the same page twice, and both end well with everything stored', async () => {
    await using world = await createWorld({ clock: NOW })
    const results = await Promise.all([world.run(ARGS), world.run([...ARGS, '--concurrency', '2'])])
    expect(results.map(({ code }) => code)).toEqual([0, 0])
    const asked = askedCandles(world.simulator)
    asked.forEach((page, at) => {
      const others = asked.slice(at + 1).filter(({ symbol }) => symbol === page.symbol)
      expect(intersect([page], others)).toEqual([])
    })
    const inserted = results.map(({ stdout }) => JSON.parse(stdout).rowsInserted)
    expect(inserted[0] + inserted[1]).toBe(3 * 8_640 + 3 * 18)
    await expectTruth(world, SYMBOLS, { from: SINCE, to: UNTIL })
  })
})

describe('an interrupted run', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'by %s writes what it has, says Stopped and exits %i; the next one goes on',
    async (signal, code) => {
      await using world = await createWorld({ clock: NOW })
      const { child, done } = world.start([...ARGS, '--concurrency', '1'])
      await expect
        .poll(() => world.simulator.stats().requests['/fapi/v1/klines'] ?? 0, {
          interval: 1,
          timeout: 20_000,
        })
        .toBeGreaterThan(5)
      child.kill(signal)
      const stopped = await done
      expect(stopped.code).toBe(code)
      expect(JSON.parse(stopped.stdout)).toMatchObject({ status: 'Stopped' })
      expect(stopped.stderr).toContain('Stopped')
      const tiers = await world.database.sql`select status from perp_status order by task_id`
      expect(tiers.map(({ status }) => status)).toEqual(['Started', 'Running', 'Stopped'])
      const [{ count } = { count: 0 }] = await world.database.sql<
        { count: number }[]
      >`select count(*)::int as count from ohlcv`
      expect(count).toBe(JSON.parse(stopped.stdout).rowsInserted)
      expect(count).toBeGreaterThan(0)
      const rest = await world.run(ARGS)
      expect(rest.code).toBe(0)
      expect(await storedCandles(world.database.sql)).toHaveLength(3 * 8_640)
    },
  )

  it('leaves at once at the second signal', async () => {
    await using world = await createWorld({ clock: NOW, faults: [{ path: 'klines', kind: 'hang' }] })
    const { child, done } = world.start(ARGS)
    await expect
      .poll(() => world.simulator.stats().requests['/fapi/v1/klines'] ?? 0, { interval: 5, timeout: 20_000 })
      .toBeGreaterThan(0)
    child.kill('SIGINT')
    child.kill('SIGINT')
    expect((await done).code).toBe(130)
  })
})
