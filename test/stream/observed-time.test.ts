import { describe, expect, it } from 'vitest'
import { MINUTE } from '../../src/lib/model/window.ts'
import { ObservedTime } from '../../src/lib/stream/observed-time.ts'

const START = Date.UTC(2026, 1, 1)

/** Two connections, and the venue's time of the last data of each. */
function createObserved(first: number, second = first) {
  const last = new Map([
    [1, START + first],
    [2, START + second],
  ])
  return { observed: new ObservedTime((connection) => last.get(connection)), last }
}

describe('the seconds of a minute that a feed showed', () => {
  it('are none before it delivers, and all of a minute in which it did', () => {
    const { observed } = createObserved(2 * MINUTE)
    expect(observed.secondsOf(START)).toBe(0)
    observed.begin(1, START - 5_000)
    expect(observed.secondsOf(START)).toBe(60)
  })

  it('end before the last data, whether the connection is open or not: what happened then may not have been told', () => {
    const { observed } = createObserved(30_000)
    observed.begin(1, START)
    expect(observed.secondsOf(START)).toBe(28)
    observed.end(1, START + 30_000)
    expect(observed.secondsOf(START)).toBe(28)
  })

  it('count once where two connections overlap, and go on where one takes over from the other', () => {
    const { observed } = createObserved(40_000, 2 * MINUTE)
    observed.begin(1, START)
    observed.begin(2, START + 20_000)
    observed.end(1, START + 40_000)
    expect(observed.secondsOf(START)).toBe(60)
  })

  it('leave out the time without a connection', () => {
    const { observed } = createObserved(0, 3 * MINUTE)
    observed.begin(1, START - MINUTE)
    observed.end(1, START + 21_500)
    observed.begin(2, START + 50_000)
    expect(observed.secondsOf(START)).toBe(30)
    expect(observed.secondsOf(START + MINUTE)).toBe(60)
  })

  it('do not grow once all connections are about to be closed', () => {
    const { observed, last } = createObserved(11_500)
    observed.begin(1, START)
    observed.endAll()
    last.set(1, START + MINUTE)
    expect(observed.secondsOf(START)).toBe(10)
  })

  it('leave out what was lost on the way', () => {
    const { observed } = createObserved(2 * MINUTE)
    observed.begin(1, START - MINUTE)
    observed.lose({ from: START + 10_000, to: START + 15_000 })
    expect(observed.secondsOf(START)).toBe(55)
    observed.lose({ from: START - 90_000, to: START - 80_000 })
    expect(observed.secondsOf(START)).toBe(55)
  })

  it('are forgotten when nobody asks for them any more', () => {
    const { observed } = createObserved(0)
    observed.begin(1, START - MINUTE)
    observed.end(1, START + 2 * MINUTE)
    observed.forget(START + MINUTE)
    expect([START, START + MINUTE].map((minute) => observed.secondsOf(minute))).toEqual([0, 58])
  })
})
