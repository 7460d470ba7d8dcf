import { describe, expect, it } from 'vitest'
import { HOUR, SECOND } from '../../src/lib/model/window.ts'
import { VenueTime } from '../../src/lib/stream/venue-time.ts'

const START = Date.UTC(2026, 1, 1)

function createTime() {
  const local = { now: 0 }
  const clock = { now: () => local.now, sleep: async () => {} }
  return { time: new VenueTime(clock, START), local }
}

describe("the venue's time as its frames tell it", () => {
  it('passes as the local time does, and never goes back', () => {
    const { time, local } = createTime()
    local.now = 10 * SECOND
    expect(time.now()).toBe(START + 10 * SECOND)
    time.observe(START + 3 * SECOND)
    expect(time.now()).toBe(START + 10 * SECOND)
    time.observe(START + 12 * SECOND)
    expect(time.now()).toBe(START + 12 * SECOND)
  })

  it('is what the venue answers, where the two differ by more than a second', () => {
    const { time } = createTime()
    time.correct(START - 500)
    expect(time.now()).toBe(START)
    time.correct(START - 40 * SECOND)
    expect(time.now()).toBe(START - 40 * SECOND)
  })

  it('believes a leap only when two frames tell of it', () => {
    const { time } = createTime()
    time.observe(START + 48 * HOUR)
    expect(time.now()).toBe(START)
    time.observe(START + 2 * SECOND)
    time.observe(START + HOUR)
    expect(time.now()).toBe(START + 2 * SECOND)
    time.observe(START + HOUR + SECOND)
    expect(time.now()).toBe(START + HOUR + SECOND)
  })
})
