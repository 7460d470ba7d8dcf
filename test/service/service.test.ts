import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { RunEventBus } from '../../src/lib/events.ts'
import { openHeartbeat } from '../../src/lib/progress/heartbeat.ts'
import { createNotifier } from '../../src/lib/service/notifier.ts'
import { takeServiceManager } from '../../src/lib/service/service-manager.ts'
import { openServiceSubscriber } from '../../src/lib/service/service-subscriber.ts'
import type { StreamFigures } from '../../src/lib/stream/figures.ts'
import { createRedactor } from '../../src/lib/text/secrets.ts'
import { createNotifyRecorder, type NotifyRecorder } from '../helpers/notify-recorder.ts'
import { createRun, SUMMARY } from '../progress/events.ts'

const hasPrograms = (...names: readonly string[]): boolean => {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return names.every((name) => folders.some((folder) => existsSync(join(folder, name))))
}

/** Does with messages what systemd does: prints them, and closes the file that a sender waits for. */
const RECEIVER = `
import json, os, socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
while True:
    data, files, _, _ = socket.recv_fds(server, 4096, 4)
    for one in files: os.close(one)
    if data != b"BARRIER=1": print(json.dumps(data.decode().strip()), flush=True)
`

const FIGURES: StreamFigures = {
  symbols: 3,
  connections: 1,
  live: 1,
  frames: 0,
  lagP50: null,
  lagP99: null,
  corrected: 0,
  duplicates: 0,
  disconnects: 0,
  spooled: 0,
  missingMinutes: 0,
  repairing: 0,
  lastDisconnect: null,
}

const tellFigures = (bus: RunEventBus, change: Partial<StreamFigures> = {}): void =>
  bus.emit('stream:figures', { ...FIGURES, ...change })

describe('what the environment says of the service manager', () => {
  it('is taken out of it, so that no child speaks in our name', () => {
    const environment = { NOTIFY_SOCKET: '@systemd', WATCHDOG_USEC: '60000000', WATCHDOG_PID: '7', HOME: '/' }
    expect(takeServiceManager(environment, 7)).toEqual({ socket: '@systemd', watchdogMs: 60_000 })
    expect(environment).toEqual({ HOME: '/' })
    expect(takeServiceManager(environment, 7)).toBeUndefined()
  })

  it.each([
    ['is meant for another process', { WATCHDOG_USEC: '60000000', WATCHDOG_PID: '8' }],
    ['is not there', {}],
    ['is off', { WATCHDOG_USEC: '0' }],
    ['is no number', { WATCHDOG_USEC: 'often' }],
  ])('has no watchdog where that %s', (_, variables) => {
    expect(takeServiceManager({ NOTIFY_SOCKET: '@s', ...variables }, 7)).toEqual({
      socket: '@s',
      watchdogMs: undefined,
    })
  })
})

describe('a notifier', () => {
  afterEach(() => vi.unstubAllEnvs())

  const use = (recorder: NotifyRecorder, broken: string[] = []) => {
    const { PATH, NOTIFY_SOCKET } = recorder.environment
    vi.stubEnv('PATH', PATH)
    return createNotifier({ socket: NOTIFY_SOCKET, onBroken: (reason) => broken.push(reason) })
  }

  it('sends one message after the other, and of what waits only the newest', async () => {
    using recorder = createNotifyRecorder()
    const notifier = use(recorder)
    notifier.tell({ READY: '1', STATUS: 'one\nline' })
    for (const status of ['a', 'b', 'c']) notifier.tell({ STATUS: status })
    notifier.tell({ WATCHDOG: '1' })
    await notifier.flush()
    expect(recorder.messages()).toEqual([
      ['READY=1', 'STATUS=one line'],
      ['STATUS=c', 'WATCHDOG=1'],
    ])
    notifier.tell({ STOPPING: '1' })
    await notifier.flush()
    expect(recorder.messages().at(-1)).toEqual(['STOPPING=1'])
  })

  it('tells once that it cannot tell, and goes on trying', async () => {
    using recorder = createNotifyRecorder('echo "no socket" >&2; exit 1')
    const broken: string[] = []
    const notifier = use(recorder, broken)
    for (const status of ['a', 'b']) {
      notifier.tell({ STATUS: status })
      await notifier.flush()
    }
    expect(broken).toEqual(['no socket'])
    expect(recorder.messages()).toEqual([['STATUS=a'], ['STATUS=b']])
  })

  it('does without the program', async () => {
    const broken: string[] = []
    vi.stubEnv('PATH', '/nowhere')
    const notifier = createNotifier({ socket: '@s', onBroken: (reason) => broken.push(reason) })
    notifier.tell({ READY: '1' })
    await notifier.flush()
    expect(broken).toEqual([expect.stringContaining('ENOENT')])
  })
})

describe.skipIf(!hasPrograms('systemd-notify', 'python3'))('the notifier with systemd-notify itself', () => {
  it('sends the variables as one message to the socket, and waits until it is read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'perpctl-notify-'))
    const socket = join(folder, 'socket')
    const receiver = spawn('python3', ['-c', RECEIVER, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      await vi.waitUntil(() => existsSync(socket), { timeout: 120_000 })
      const notifier = createNotifier({ socket, onBroken: (reason) => expect.unreachable(reason) })
      notifier.tell({ READY: '1', STATUS: 'OHLCV: 12| LQ: 3' })
      notifier.tell({ STOPPING: '1' })
      await notifier.flush()
      receiver.kill()
      const lines = (await text(receiver.stdout)).trim().split('\n')
      expect(lines.map((line) => JSON.parse(line))).toEqual([
        'READY=1\nSTATUS=OHLCV: 12| LQ: 3',
        'STOPPING=1',
      ])
    } finally {
      receiver.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe('a stream that systemd has started', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
    vi.useRealTimers()
  })

  const open = (recorder: NotifyRecorder, now: () => number = () => 0) => {
    const { PATH, NOTIFY_SOCKET: socket } = recorder.environment
    vi.stubEnv('PATH', PATH)
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const run = createRun('stream')
    const subscriber = openServiceSubscriber(run.bus, {
      manager: { socket, watchdogMs: 60_000 },
      redactor: createRedactor(['secret-word']),
      onBroken: (message) => expect.unreachable(message),
      now,
    })
    openHeartbeat(run.bus, 50_000)
    const messages = async (count: number) => {
      await vi.waitFor(() => expect(recorder.messages()).toHaveLength(count), { timeout: 120_000 })
      return recorder.messages()
    }
    return { ...run, subscriber, messages }
  }

  it('is ready when a connection delivers, tells its counts, lives while figures come, and ends', async () => {
    using recorder = createNotifyRecorder()
    const { bus, write, subscriber, messages } = open(recorder)
    tellFigures(bus, { live: 0 })
    tellFigures(bus)
    expect(await messages(1)).toEqual([['READY=1', 'STATUS=3 symbols over 1 connection']])
    write(12)
    vi.advanceTimersByTime(30_000)
    expect((await messages(2)).at(-1)).toEqual(['WATCHDOG=1'])
    tellFigures(bus, { spooled: 2 })
    vi.advanceTimersByTime(20_000)
    expect((await messages(3)).at(-1)).toEqual([
      'STATUS=3 symbols over 1 connection, rows on the disk wait for the database; OHLCV: 12| LQ: 0| TV: 0',
    ])
    vi.advanceTimersByTime(10_000)
    expect((await messages(4)).at(-1)).toEqual(['WATCHDOG=1'])
    bus.emit('run:done', { tier: 'Stopped', summary: SUMMARY, message: 'its time is over, secret-word' })
    await subscriber.close()
    expect((await messages(5)).at(-1)).toEqual(['STOPPING=1', 'STATUS=its time is over, ***'])
  })

  it('gives no sign of life once its figures stay away', async () => {
    using recorder = createNotifyRecorder()
    const { bus, subscriber, messages } = open(recorder)
    tellFigures(bus)
    vi.advanceTimersByTime(30_000)
    vi.advanceTimersByTime(600_000)
    await subscriber.close()
    const told = (await messages(2)).flat()
    expect(told.filter((one) => one === 'WATCHDOG=1')).toHaveLength(1)
  })

  it('lives without a feed: it is ready after half a minute, and says what is missing', async () => {
    using recorder = createNotifyRecorder()
    let now = 0
    const { bus, subscriber, messages } = open(recorder, () => now)
    for (; now < 30_000; now += 1_000) tellFigures(bus, { live: 0 })
    expect(recorder.messages()).toEqual([])
    tellFigures(bus, { live: 0 })
    expect(await messages(1)).toEqual([['READY=1', 'STATUS=3 symbols and no connection that delivers']])
    vi.advanceTimersByTime(30_000)
    expect((await messages(2)).at(-1)).toEqual(['WATCHDOG=1'])
    await subscriber.close()
  })
})
