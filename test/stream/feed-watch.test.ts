import { describe, expect, it } from 'vitest'
import { type Failure, RunEventBus } from '../../src/lib/events.ts'
import { MINUTE } from '../../src/lib/model/window.ts'
import { Disconnects } from '../../src/lib/stream/disconnects.ts'
import { FeedWatch } from '../../src/lib/stream/feed-watch.ts'
import { ObservedTime } from '../../src/lib/stream/observed-time.ts'

const START = Date.UTC(2026, 1, 1)
const iso = (ts: number): string => new Date(ts).toISOString()

function createWatch() {
  const state = { now: START }
  const events = new RunEventBus()
  const failures: Failure[] = []
  events.on('failure', (failure) => failures.push(failure))
  const observed = new ObservedTime(() => state.now)
  const disconnects = new Disconnects(events)
  const watch = new FeedWatch({ events, observed, disconnects, venueNow: () => state.now })
  const about = { connection: 1, way: 'direct', streams: ['a', 'b'], hasCommon: true }
  const down = { type: 'down', ...about, reason: 'closed by the venue', code: 1006, since: 0 } as const
  return { watch, state, failures, observed, disconnects, about, down }
}

describe('what becomes of connections', () => {
  it('is recorded with the span without one, when it is over', () => {
    const { watch, state, failures, about, down } = createWatch()
    watch.note({ type: 'up', eventTime: undefined, ...about })
    state.now = START + 2 * MINUTE
    watch.note({ ...down, lastEventTime: START + MINUTE, wasUp: true, isLoss: true })
    expect(failures).toEqual([])
    watch.note({ type: 'up', eventTime: undefined, ...about, connection: 2 })
    expect(failures).toEqual([
      {
        type: 'disconnect',
        message: 'connection 1 was away from 2026-02-01 00:01:00 UTC for 60.0 s: closed by the venue',
        details: {
          connection: 1,
          lane: 'direct',
          streams: 2,
          reason: 'closed by the venue',
          from: iso(START + MINUTE),
          to: iso(START + 2 * MINUTE),
          seconds: 60,
        },
        severity: 'warning',
      },
    ])
  })

  it('is told by the time of its own data, whatever was known of the time before', () => {
    const { watch, failures, about, down, observed } = createWatch()
    watch.note({ type: 'up', ...about, eventTime: START })
    watch.note({ ...down, lastEventTime: START + 10_000, wasUp: true, isLoss: true })
    watch.note({ type: 'up', ...about, connection: 2, eventTime: START + 10 * MINUTE })
    expect(failures.map(({ details }) => details.seconds)).toEqual([590])
    expect([0, 1, 5].map((minute) => observed.secondsOf(START + minute * MINUTE))).toEqual([8, 0, 0])
  })

  it('is recorded at the end of the stream where it is not over by then', () => {
    const { watch, state, failures, about, down, disconnects } = createWatch()
    watch.note({ type: 'up', eventTime: undefined, ...about })
    watch.note({ ...down, lastEventTime: START, wasUp: true, isLoss: true })
    state.now = START + MINUTE
    disconnects.close(state.now)
    expect(failures.map(({ details }) => [details.from, details.to])).toEqual([
      [iso(START), iso(START + MINUTE)],
    ])
  })

  it('is no loss where one connection takes over from the other, and none is missed meanwhile', () => {
    const { watch, state, failures, about, down, observed } = createWatch()
    watch.note({ type: 'up', eventTime: undefined, ...about })
    state.now = START + 30_000
    watch.note({ type: 'up', eventTime: undefined, ...about, connection: 2 })
    state.now = START + 32_000
    watch.note({ ...down, lastEventTime: START + 32_000, wasUp: true, isLoss: false, reason: 'renewed' })
    state.now = START + 2 * MINUTE
    expect(failures).toEqual([])
    expect(observed.secondsOf(START)).toBe(60)
  })

  it('that never came up are failures of another kind', () => {
    const { watch, failures, down } = createWatch()
    watch.note({ ...down, lastEventTime: undefined, wasUp: false, isLoss: true, reason: 'refused with 503' })
    expect(failures.map(({ type, message }) => [type, message])).toEqual([
      ['connect_failed', 'connection 1 did not come up: refused with 503'],
    ])
  })
})
