import { expect, it, vi } from 'vitest'
import { toMultirange } from '../../src/db/multirange.ts'
import { HOUR, MINUTE, type Window } from '../../src/lib/model/window.ts'
import { createWorld } from '../helpers/world.ts'

const SYMBOLS = ['BTCUSDT', 'ETHUSDT'] as const
const SINCE = Date.UTC(2025, 4, 1)
const COUNT = 1_600
const WINDOW = { from: SINCE, to: SINCE + COUNT * HOUR }
const iso = (ts: number): string => new Date(ts).toISOString()

it('two names behind one address are noticed before the limit, told, and spend one budget', async () => {
  await using world = await createWorld({
    clock: { startAt: Date.UTC(2026, 1, 10, 0, 0, 30) },
    window: 'rolling',
  })
  const { sql } = world.database
  // Ten candles an hour cost 1 each: together 3,200 of 2,400 a minute.
  const gaps: Window[] = Array.from({ length: COUNT }, (_, at) => ({
    from: SINCE + at * HOUR,
    to: SINCE + at * HOUR + 10 * MINUTE,
  }))
  for (const symbol of SYMBOLS) {
    await sql`insert into coverage (venue, symbol, dataset, covered) values
      ('binance', ${symbol}, 'ohlcv', ${toMultirange([WINDOW])}::tstzmultirange - ${toMultirange(gaps)}::tstzmultirange),
      ('binance', ${symbol}, 'funding', ${toMultirange([WINDOW])}::tstzmultirange)`
  }
  const args = ['--since', iso(WINDOW.from), '--until', iso(WINDOW.to), '--json']
  const runs = SYMBOLS.map((symbol) =>
    world.start(['backfill', 'ohlcv', '--symbols', symbol, ...args], { PERPCTL_ADDRESS: `host-${symbol}` }),
  )
  const asked = (): number =>
    world.simulator.stats().recorded.filter(({ path }) => path === '/fapi/v1/klines').length
  await vi.waitUntil(() => asked() > 2_200, { interval: 20, timeout: 120_000 })
  const doctor = await world.run(['doctor', '--json'], { PERPCTL_ADDRESS: 'host-BTCUSDT' })
  expect(JSON.parse(doctor.stdout).checks).toContainEqual(
    expect.objectContaining({
      group: 'lanes',
      name: 'shared address',
      status: 'warning',
      message: expect.stringContaining('host-ETHUSDT'),
    }),
  )
  const results = await Promise.all(runs.map(({ done }) => done))
  expect(results.map(({ code }) => code)).toEqual([0, 0])
  const told = results.map(({ stderr }) => /the venue counts (\S+) and (\S+) together/.exec(stderr)?.slice(1))
  expect(told).toEqual([
    ['direct@host-BTCUSDT', 'direct@host-ETHUSDT'],
    ['direct@host-ETHUSDT', 'direct@host-BTCUSDT'],
  ])
  expect(world.simulator.stats().violations).toEqual({ limited: 0, whileBanned: 0 })
  const [stored] = await sql`select count(*)::int as rows from ohlcv`
  expect(stored).toEqual({ rows: SYMBOLS.length * COUNT * 10 })
  const errors = await sql`select error_type from perp_errors`
  expect(errors.map(({ error_type }) => error_type)).toEqual(['shared_address', 'shared_address'])
}, 600_000)
