import { describe, expect, it } from 'vitest'
import { connect } from '../../src/db/connect.ts'
import { HOUR, MINUTE } from '../../src/lib/model/window.ts'
import { startSimulator } from '../../src/sim/index.ts'
import { runCli, startCli } from '../helpers/cli.ts'
import { makeTestHome } from '../helpers/embedded-home.ts'
import {
  eventually,
  expectOrders,
  expectWholeTruth,
  untilVenueTime,
  untilWhole,
} from '../helpers/stream-world.ts'
import { whole } from '../helpers/whole.ts'

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT']
/** Venue minutes for a real second: eight, or four where the day is a short one. */
const RATE = whole(480, 240)
/** The day at full length, or what happens in it within a quarter of it. */
const PART = whole(1, 1 / 4)
const hours = (count: number): number => count * HOUR * PART
const START = Date.UTC(2026, 1, 1, 0, 0, 30)

describe('a day of a stream', () => {
  it('with everything that can go wrong ends with the true rows, each order that was sent, and no gap', async () => {
    await using stack = new AsyncDisposableStack()
    const { home } = stack.use(await makeTestHome())
    const simulator = stack.use(
      await startSimulator({
        clock: { startAt: START, rate: RATE },
        recordsRequests: true,
        faults: [
          { kind: 'ws-disconnect', atMs: 20 * MINUTE, everyMs: 17 * MINUTE },
          { kind: 'ws-stall', atMs: hours(3), everyMs: hours(5), ms: 60 * MINUTE },
          { kind: 'ws-silent', atMs: hours(8), ms: 20 * MINUTE },
          { kind: 'ws-refuse', atMs: hours(12), ms: 20 * MINUTE },
          { kind: 'ws-no-close', symbol: 'ETHUSDT', every: 9 },
          { kind: 'ws-duplicate', every: 5 },
          { kind: 'ws-reorder', every: 7 },
          { kind: 'ws-garbage', every: 211 },
          { kind: 'ws-late-close', symbol: 'SOLUSDT', every: 13, ms: 2 * MINUTE },
        ],
      }),
    )
    const env = {
      PERPCTL_HOME: home,
      PERPCTL_BINANCE_REST_URL: simulator.restUrl,
      PERPCTL_BINANCE_WS_URL: simulator.wsUrl,
      PERPCTL_HEARTBEAT: '5s',
      PERPCTL_STALL_TIMEOUT: '2s',
      PERPCTL_RECONNECT_MAX: '1s',
    }
    const { child, done } = startCli(['stream', '--symbols', SYMBOLS.join(',')], env)
    stack.defer(() => void child.kill('SIGKILL'))

    await untilVenueTime(simulator, START + hours(15), 400_000)
    expect((await runCli(['db', 'stop'], env)).code).toBe(0)
    await untilVenueTime(simulator, START + hours(16), 400_000)
    expect((await runCli(['db', 'start'], env)).code).toBe(0)
    await untilVenueTime(simulator, START + hours(24), 400_000)
    simulator.setFaults([])

    const { stdout: url } = await runCli(['db', 'url'], env)
    const sql = connect(url.trim())
    stack.defer(() => sql.end({ timeout: 2 }))
    await untilWhole(sql, SYMBOLS, START + hours(24))
    // What is on its way when the connections are cut is not to be expected.
    const until = simulator.now() - 24 * MINUTE
    child.kill('SIGTERM')
    const { code, stderr } = await done
    expect(stderr).toContain('Stopped')
    expect(code).toBe(143)

    const windows = await expectWholeTruth(simulator, sql, SYMBOLS)
    // It makes the server first, and an hour of the venue's is seven seconds.
    for (const { from } of windows.values()) expect(from).toBeLessThan(START + whole(6 * HOUR, 3 * HOUR))
    expect(await expectOrders(simulator, sql, SYMBOLS, until)).toBeGreaterThan(whole(200, 3))

    const cut = simulator.stream().disconnects.filter(({ reason }) => reason === 'ws-disconnect')
    const told = await sql<{ from: number; message: string }[]>`
      select (extract(epoch from (details ->> 'from')::timestamptz) * 1000)::float8 as from, error_message as message
      from perp_errors where error_type in ('disconnect', 'connect_failed') order by 1`
    expect(cut.length).toBeGreaterThan(whole(20, 10))
    expect(told.length).toBeGreaterThanOrEqual(cut.length)
    await eventually(() => expect(simulator.stats().violations).toEqual({ limited: 0, whileBanned: 0 }))
    expect(Object.values(simulator.stream().violations)).toEqual([0, 0, 0, 0, 0, 0])
  }, 600_000)
})
