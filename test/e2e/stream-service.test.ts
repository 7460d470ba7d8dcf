import { describe, expect, it, vi } from 'vitest'
import { DAY } from '../../src/lib/model/window.ts'
import { createNotifyRecorder } from '../helpers/notify-recorder.ts'
import { expectWholeTruth, untilWhole } from '../helpers/stream-world.ts'
import { createWorld } from '../helpers/world.ts'

const START = Date.UTC(2026, 1, 1, 0, 0, 30)
const SYMBOLS = ['BTCUSDT', 'ETHUSDT']
const ARGS = ['stream', '--symbols', SYMBOLS.join(','), '--heartbeat', '2s']

describe('a stream that systemd has started', () => {
  it('tells that it is ready, its counts, that it lives and that it ends', async () => {
    await using world = await createWorld({ clock: { startAt: START, rate: 120 } })
    using recorder = createNotifyRecorder()
    const { child, done } = world.start(ARGS, { ...recorder.environment, WATCHDOG_USEC: '1000000' })
    const told = () => recorder.messages().flat()
    await vi.waitFor(() => expect(told().filter((one) => one === 'WATCHDOG=1').length).toBeGreaterThan(2), {
      timeout: 120_000,
    })
    await vi.waitFor(
      () => expect(told().join()).toMatch(/STATUS=2 symbols over 1 connection; OHLCV: [1-9]/),
      {
        timeout: 120_000,
      },
    )
    child.kill('SIGTERM')
    const { code, stderr } = await done
    expect(code).toBe(143)
    expect(stderr).not.toContain('systemd')
    expect(recorder.messages()[0]).toEqual(['READY=1', 'STATUS=2 symbols over 1 connection'])
    expect(recorder.messages().at(-1)).toContain('STOPPING=1')
    const order = told().map((one) => one.split('=')[0])
    expect(order.lastIndexOf('WATCHDOG')).toBeLessThan(order.indexOf('STOPPING'))
    expect(order.filter((name) => name === 'READY')).toHaveLength(1)
    await expectWholeTruth(world.simulator, world.database.sql, SYMBOLS)
  }, 600_000)

  it('lives on while venue and feed are away, and while nobody can be told', async () => {
    await using world = await createWorld({ clock: { startAt: START, rate: 120 } })
    const { simulator, database } = world
    using recorder = createNotifyRecorder('[ "$1" != WATCHDOG=1 ] || { echo "nobody listens" >&2; exit 1; }')
    const args = [...ARGS, '--stall-timeout', '1s', '--reconnect-max', '1s']
    const { child, done } = world.start(args, { ...recorder.environment, WATCHDOG_USEC: '1000000' })
    const lives = () => recorder.messages().filter((message) => message.includes('WATCHDOG=1')).length
    await vi.waitFor(() => expect(lives()).toBeGreaterThan(0), { timeout: 120_000 })
    // For as long as the test wants it.
    simulator.setFaults([
      { kind: 'ws-disconnect', atMs: 0 },
      { kind: 'ws-refuse', atMs: 0, ms: DAY },
      { kind: '500' },
    ])
    await vi.waitFor(
      () => expect(recorder.messages().flat().join()).toContain('no connection that delivers'),
      {
        timeout: 120_000,
      },
    )
    const before = lives()
    await vi.waitFor(() => expect(lives()).toBeGreaterThan(before + 8), { timeout: 120_000 })
    simulator.setFaults([])
    await untilWhole(database.sql, SYMBOLS, simulator.now())
    child.kill('SIGTERM')
    const { code, stderr } = await done
    expect(code).toBe(143)
    expect(stderr.match(/systemd cannot be told how the stream is doing: nobody listens/g)).toHaveLength(1)
    await expectWholeTruth(simulator, database.sql, SYMBOLS)
  }, 600_000)
})
