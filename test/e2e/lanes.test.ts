import { describe, expect, it } from 'vitest'
import { argsOf, askedOf, expectCase, prepareCase } from '../helpers/case-run.ts'
import { CASES } from '../helpers/cases.ts'
import { startBrokenProxy, startProxy } from '../helpers/proxies.ts'
import { eventually, expectWholeTruth, untilWhole } from '../helpers/stream-world.ts'
import { createWorld, expectTruth } from '../helpers/world.ts'

const MINUTE = 60_000
const SINCE = Date.UTC(2026, 1, 1)
const UNTIL = SINCE + 4 * 86_400_000
const WINDOW = { from: SINCE, to: UNTIL }
const ARGS = [
  'backfill',
  'ohlcv',
  '--symbols',
  'BTCUSDT',
  '--since',
  '2026-02-01',
  '--until',
  '2026-02-05',
  '--json',
]
const NOW = { startAt: Date.UTC(2026, 1, 10) }
/** Those with several pages of one symbol. */
const SHARING = CASES.filter(({ name }) => name === 'ohlcv' || name === 'oi-lsr')
/** Coinalyze counts by key, and so does what the simulated one records. */
const ELSEWHERE = CASES.filter(({ name }) => name !== 'lq')
const PASSWORD = 'proxy-s3cret'

describe('lanes', () => {
  it('carry the feed of a stream too, which comes back when they break off, and never show a password', async () => {
    await using world = await createWorld({ clock: { startAt: SINCE + 30_000, rate: 240 } })
    await using proxy = await startProxy('127.0.0.2', PASSWORD)
    const { database, simulator } = world
    const lanes = ['--proxies', proxy.url, '--no-direct', '--reconnect-max', '1s']
    const { child, done } = world.start(['stream', '--symbols', 'BTCUSDT', '--heartbeat', '2s', ...lanes])
    try {
      await untilWhole(database.sql, ['BTCUSDT'], SINCE + 40 * MINUTE)
      expect(simulator.stream().connections).toBe(1)
      expect(proxy.open).toBeGreaterThan(0)
      proxy.cut()
      await eventually(() => expect(simulator.stream().opened).toBeGreaterThanOrEqual(2))
      await untilWhole(database.sql, ['BTCUSDT'], simulator.now() + 30 * MINUTE)
    } finally {
      child.kill('SIGTERM')
    }
    const { code, stderr, stdout } = await done
    expect(code).toBe(143)
    await expectWholeTruth(simulator, database.sql, ['BTCUSDT'])
    const told = await database.sql`select details::text, error_message from perp_errors`
    expect(JSON.stringify(told)).toContain('proxy-1')
    expect(`${JSON.stringify(told)}${stderr}${stdout}`).not.toContain(PASSWORD)
    const addresses = new Set(simulator.stats().recorded.map(({ address }) => address))
    expect(addresses).toEqual(new Set(['127.0.0.2']))
  }, 600_000)

  it.each(SHARING)(
    'share the work of $name, each from its own address',
    async (backfill) => {
      await using world = await createWorld({ clock: NOW })
      await using first = await startProxy('127.0.0.2')
      await using second = await startProxy('127.0.0.3', PASSWORD)
      const proxies = ['--proxies', `${first.url},${second.url}`, '--concurrency', '2']
      const scope = { window: WINDOW }
      expect((await world.run([...argsOf(backfill, scope), ...proxies])).code).toBe(0)
      await expectCase(world, backfill, scope)
      const addresses = new Set(askedOf(world, backfill).map(({ address }) => address))
      expect(addresses).toEqual(new Set(['127.0.0.1', '127.0.0.2', '127.0.0.3']))
    },
    180_000,
  )

  it.each(ELSEWHERE)('leave the own address out of $name where they are told to', async (backfill) => {
    await using world = await createWorld({ clock: NOW })
    await prepareCase(world, backfill)
    await using proxy = await startProxy('127.0.0.2')
    const before = world.simulator.stats().recorded.length
    const result = await world.run([...argsOf(backfill), '--no-direct', '--proxies', proxy.url])
    expect(result.code).toBe(0)
    await expectCase(world, backfill)
    const recorded = world.simulator.stats().recorded.slice(before)
    expect(new Set(recorded.map(({ address }) => address))).toEqual(new Set(['127.0.0.2']))
  })

  it('do the work without those that fail: one dead, one with credentials, one answering 502', async () => {
    await using world = await createWorld({ clock: NOW })
    await using good = await startProxy('127.0.0.3', PASSWORD)
    await using broken = await startBrokenProxy()
    const dead = await startProxy('127.0.0.4')
    await dead[Symbol.asyncDispose]()
    const proxies = [dead.url, good.url, broken.url].join(',')
    const result = await world.run([...ARGS, '--proxies', proxies, '--no-direct'])
    expect(result.code).toBe(0)
    await expectTruth(world, ['BTCUSDT'], WINDOW)
    const addresses = new Set(world.simulator.stats().recorded.map(({ address }) => address))
    expect(addresses).toEqual(new Set(['127.0.0.3']))
    expect(result.stderr + result.stdout).not.toContain(PASSWORD)
  })

  it('tell which of them cannot be used where none can', async () => {
    await using world = await createWorld({ clock: NOW })
    await using broken = await startBrokenProxy()
    const result = await world.run([...ARGS, '--proxies', broken.url, '--no-direct', '--venue-timeout', '2s'])
    expect(result.code).toBe(75)
    expect(result.stderr).toContain('502')
  })

  it('that are banned are set aside while the others go on', async () => {
    const ban = {
      path: 'klines',
      address: '127.0.0.2',
      kind: '418',
      after: 1,
      count: 1,
      ms: 600_000,
      retryAfter: 600,
    } as const
    await using world = await createWorld({ clock: NOW, faults: [ban] })
    await using proxy = await startProxy('127.0.0.2')
    const result = await world.run([...ARGS, '--proxies', proxy.url, '--concurrency', '1'])
    expect(result.code).toBe(0)
    await expectTruth(world, ['BTCUSDT'], WINDOW)
    expect(world.simulator.stats().violations.whileBanned).toBe(0)
    expect(result.stderr).toContain('418')
  })
})
