import { describe, expect, it } from 'vitest'
import { openLog } from '../../src/lib/progress/log-lines.ts'
import { createRedactor } from '../../src/lib/text/secrets.ts'
import { createRun, START } from './events.ts'
import { Sink } from './sink.ts'

function open(level: 'error' | 'warn' | 'info' | 'debug', isJson = false) {
  const run = createRun()
  const stream = new Sink()
  const redactor = createRedactor(['hunter2'])
  const log = openLog(run.bus, { stream, level, isJson, redactor, now: () => START })
  return { ...run, stream, log }
}

describe('the log', () => {
  it('has a line per event of its level and above', () => {
    const { bus, page, fail, stream } = open('warn')
    page(3)
    bus.emit('note', { message: 'x' })
    bus.emit('job:retry', { dataset: 'ohlcv', symbol: 'BTCUSDT', attempt: 2, reason: 'hunter2\nreset' })
    fail()
    expect(stream.takeLines()).toEqual([
      '2026-02-01 13:52:44 UTC warn  job:retry dataset=ohlcv symbol=BTCUSDT attempt=2 reason=*** reset',
      '2026-02-01 13:52:44 UTC error failure type=bad_row message=number 0 details={"symbol":"BTCUSDT"} severity=error',
    ])
  })

  it('can be one JSON object a line', () => {
    const { page, stream } = open('debug', true)
    page(3)
    expect(stream.takeLines().map((line) => JSON.parse(line))).toEqual([
      {
        ts: '2026-02-01T13:52:44.000Z',
        level: 'debug',
        event: 'page:fetched',
        lane: 'direct',
        dataset: 'ohlcv',
        symbol: 'BTCUSDT',
        rows: 3,
        window: { from: 0, to: 180_000 },
        weight: 2,
        requests: 1,
      },
    ])
  })

  it('writes nothing once closed', async () => {
    const { page, log, stream } = open('debug')
    await log.close()
    page(3)
    expect(stream.take()).toBe('')
  })
})
