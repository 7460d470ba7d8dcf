import { expect, it } from 'vitest'
import { PostgresBudgets } from '../../src/db/budgets.ts'
import { MINUTE } from '../../src/lib/model/window.ts'
import { nameAddress } from '../../src/lib/rate/payer.ts'
import { systemClock } from '../../src/lib/time/clock.ts'
import {
  coverageOf,
  eventually,
  expectWholeTruth,
  untilVenueTime,
  untilWhole,
} from '../helpers/stream-world.ts'
import { createWorld } from '../helpers/world.ts'

const LIMIT = 2_400
const SYMBOLS = ['BTCUSDT', 'ETHUSDT']

it('a stream that starts while the budget is spent listens first, says what it waits for, and lacks nothing', async () => {
  await using stack = new AsyncDisposableStack()
  const world = stack.use(await createWorld({ clock: { startAt: Date.UTC(2026, 1, 1, 0, 0, 30), rate: 60 } }))
  const { simulator, database } = world
  const broker = stack.use(new PostgresBudgets({ url: database.url, clock: systemClock }))
  const say = (word: { need?: number; want?: number; isLast?: boolean }) =>
    broker.ask({
      key: { host: new URL(simulator.restUrl).host, pool: 'request-weight', payer: nameAddress(undefined) },
      limit: LIMIT,
      windowMs: MINUTE,
      inFlight: 0,
      credit: 0,
      need: 0,
      want: 0,
      leaseMs: 600_000,
      spent: [],
      report: undefined,
      isLast: false,
      ...word,
    })
  expect((await say({ need: 1, want: LIMIT })).credit).toBe(LIMIT)

  const { child, done } = world.start(['stream', '--symbols', SYMBOLS.join(','), '--heartbeat', '2s'])
  stack.defer(() => void child.kill('SIGKILL'))
  let told = ''
  child.stderr?.on('data', (chunk: Buffer) => (told += chunk.toString()))
  await eventually(() => expect(simulator.stream().connections).toBe(1))
  const heardFrom = simulator.now()
  await eventually(() => expect(told).toContain('for the first answer: the budget of this window is spent'))
  // Minutes are over of which only the feed has told.
  await untilVenueTime(simulator, heardFrom + 4 * MINUTE, 400_000)
  expect(simulator.stats().requests).toEqual({})

  await say({ isLast: true })
  const until = Math.floor(simulator.now() / MINUTE) * MINUTE + 2 * MINUTE
  await untilWhole(database.sql, SYMBOLS, until)
  child.kill('SIGINT')
  expect((await done).code).toBe(130)
  const windows = await expectWholeTruth(simulator, database.sql, SYMBOLS)
  for (const symbol of SYMBOLS)
    expect(windows.get(symbol)?.from, symbol).toBeLessThanOrEqual(Math.ceil(heardFrom / MINUTE) * MINUTE)
  expect((await coverageOf(database.sql, 'ohlcv')).size).toBe(SYMBOLS.length)
})
