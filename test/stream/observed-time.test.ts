import { describe, expect, it } from 'vitest'
import { MINUTE } from '../../src/lib/model/window.ts'
import { ObservedTime } from '../../src/lib/stream/observed-time.ts'

const START = Date.UTC(2026, 1, 1)
const LATER = START + 10 * MINUTE

describe('the seconds of a minute that a feed showed', () => {
  it('are none before it delivers, and all of a minute in which it did', () => {
    const observed = new ObservedTime()
    expect(observed.secondsOf(START, LATER)).toBe(0)
    observed.begin(1, START - 5_000)
    expect(observed.secondsOf(START, LATER)).toBe(60)
  })

  it('end before the last event: what happened then may not have been told', () => {
    const observed = new ObservedTime()
    observed.begin(1, START)
    observed.end(1, START + 30_000)
    expect(observed.secondsOf(START, LATER)).toBe(28)
  })

  it('count once where two connections overlap, and go on where one takes over from the other', () => {
    const observed = new ObservedTime()
    observed.begin(1, START)
    observed.begin(2, START + 20_000)
    observed.end(1, START + 40_000)
    expect(observed.secondsOf(START, LATER)).toBe(60)
  })

  it('leave out the time without a connection', () => {
    const observed = new ObservedTime()
    observed.begin(1, START - MINUTE)
    observed.end(1, START + 21_500)
    observed.begin(2, START + 50_000)
    expect(observed.secondsOf(START, LATER)).toBe(30)
    expect(observed.secondsOf(START + MINUTE, LATER)).toBe(60)
  })

  it('of a minute that is not over are those until now', () => {
    const observed = new ObservedTime()
    observed.begin(1, START)
    expect(observed.secondsOf(START, START + 11_500)).toBe(10)
  })

  it('leave out what was lost on the way', () => {
    const observed = new ObservedTime()
    observed.begin(1, START - MINUTE)
    observed.lose({ from: START + 10_000, to: START + 15_000 })
    expect(observed.secondsOf(START, LATER)).toBe(55)
  })
})
