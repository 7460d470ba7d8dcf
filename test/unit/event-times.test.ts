import { describe, expect, it } from 'vitest'
import { EventTimes } from '../../src/lib/feed/event-times.ts'
import { DAY, HOUR, SECOND } from '../../src/lib/model/window.ts'

const START = Date.UTC(2026, 1, 1)

function createTimes() {
  const local = { now: 0 }
  return { local, times: new EventTimes({ now: () => local.now, sleep: async () => {} }) }
}

describe('the times of a connection', () => {
  it('may go back and forth by hours, and on as the local time does', () => {
    const { times, local } = createTimes()
    expect([0, 2 * HOUR, -3 * HOUR].map((shift) => times.believes(START + shift))).toEqual([true, true, true])
    local.now = 5 * DAY
    expect(times.believes(START + 5 * DAY)).toBe(true)
  })

  it('are not believed a day away, however often one frame says so and others do not', () => {
    const { times } = createTimes()
    expect(times.believes(START)).toBe(true)
    for (let round = 0; round < 10; round += 1) {
      expect(times.believes(START + 300 * DAY)).toBe(false)
      expect(times.believes(START + round * SECOND)).toBe(true)
    }
  })

  it('are believed when three frames in a row agree: a machine may have slept, or the first one was wrong', () => {
    const { times } = createTimes()
    expect(times.believes(START + 300 * DAY)).toBe(true)
    expect([1, 2, 3, 4].map((at) => times.believes(START + at * SECOND))).toEqual([false, false, true, true])
  })
})
