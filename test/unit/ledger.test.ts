import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Ledger } from '../../src/lib/rate/ledger.ts'
import { tellsUsed } from '../../src/lib/venue/budget.ts'

const WEIGHT = { pool: 'weight', limit: 10, windowMs: 60, readUsed: tellsUsed('x-used') }
const COUNT = { pool: 'count', limit: 5, windowMs: 300 }

/** A ledger whose first request has told that nothing else is spent. */
function probed(): Ledger {
  const ledger = new Ledger(WEIGHT)
  ledger.spend(1)
  ledger.settle(1, 0, 1)
  return ledger
}

describe('a ledger', () => {
  it('sends one request alone until the venue has told what is spent already', () => {
    const ledger = new Ledger(WEIGHT)
    expect(ledger.waitFor(2, 0)).toBe(0)
    ledger.spend(2)
    expect(ledger.waitFor(2, 0)).toBe(Number.POSITIVE_INFINITY)
    ledger.settle(2, 5, 9)
    expect(ledger.used(5)).toBe(9)
    expect(ledger.waitFor(2, 5)).toBe(60)
    expect(ledger.waitFor(1, 5)).toBe(0)
  })

  it('needs no such probe where the venue tells nothing', () => {
    const ledger = new Ledger(COUNT)
    for (let request = 0; request < 5; request += 1) {
      expect(ledger.waitFor(1, 0)).toBe(0)
      ledger.spend(1)
    }
    expect(ledger.waitFor(1, 0)).toBe(Number.POSITIVE_INFINITY)
    ledger.settle(1, 20, undefined)
    expect(ledger.waitFor(1, 20)).toBe(300)
    expect(ledger.waitFor(1, 320)).toBe(0)
  })

  it('lets what can wait leave a hundredth of the window to what cannot', () => {
    const ledger = new Ledger({ ...COUNT, limit: 250 })
    ledger.spend(240)
    expect([8, 9].map((weight) => ledger.waitFor(weight, 0, true))).toEqual([0, Number.POSITIVE_INFINITY])
    ledger.spend(8)
    ledger.settle(248, 0, undefined)
    expect(ledger.waitFor(1, 0, true)).toBe(300)
    expect([2, 3].map((weight) => ledger.waitFor(weight, 0))).toEqual([0, 300])
    // More than there ever is has the window for itself.
    expect(ledger.waitFor(1_000, 300, true)).toBe(0)
  })

  it('leaves it also where others have spent', () => {
    const ledger = new Ledger({ ...WEIGHT, limit: 200 })
    ledger.spend(1)
    ledger.settle(1, 0, 196)
    expect([2, 3].map((weight) => ledger.waitFor(weight, 0, true))).toEqual([0, 60])
    expect([4, 5].map((weight) => ledger.waitFor(weight, 0))).toEqual([0, 60])
  })

  it('counts a request until one window after its answer', () => {
    const ledger = probed()
    ledger.spend(9)
    ledger.settle(9, 40, 10)
    expect(ledger.waitFor(1, 59)).toBe(1)
    expect(ledger.waitFor(2, 59)).toBe(41)
    expect(ledger.used(99)).toBe(9)
    expect(ledger.waitFor(10, 100)).toBe(0)
  })

  it('believes the venue where it counts more than we do', () => {
    const ledger = probed()
    ledger.spend(1)
    ledger.settle(1, 10, 10)
    expect(ledger.waitFor(1, 10)).toBe(50)
    expect(ledger.waitFor(2, 10)).toBe(60)
    expect(ledger.waitFor(2, 70)).toBe(0)
  })

  it('adds what is under way to the figure of an answer that cannot have counted it', () => {
    const ledger = probed()
    ledger.spend(2)
    ledger.spend(3)
    ledger.settle(2, 1, 6)
    expect(ledger.used(1)).toBe(9)
  })

  it('asks alone again after a silence, in which others may have spent', () => {
    const ledger = probed()
    expect(ledger.waitFor(2, 30)).toBe(0)
    ledger.spend(2)
    expect(ledger.waitFor(2, 30)).toBe(Number.POSITIVE_INFINITY)
    ledger.settle(2, 31, 9)
    expect(ledger.waitFor(2, 31)).toBe(29)
    expect(ledger.waitFor(1, 31)).toBe(0)
  })

  it('begins the next window one window after the last one began, not after it ended', () => {
    const ledger = probed()
    ledger.spend(4)
    ledger.settle(4, 5, 5)
    ledger.spend(5)
    ledger.settle(5, 10, 10)
    expect([ledger.waitFor(1, 10), ledger.waitFor(5, 10), ledger.waitFor(10, 10)]).toEqual([50, 55, 60])
    expect(ledger.waitFor(5, 65)).toBe(0)
  })

  it('does not wait for a figure that the venue does not tell', () => {
    const ledger = new Ledger(WEIGHT)
    ledger.spend(2)
    ledger.settle(2, 1, null)
    ledger.spend(2)
    expect(ledger.waitFor(2, 50)).toBe(0)
  })

  it('takes the limit that the venue states', () => {
    const ledger = probed()
    ledger.setLimit(100)
    expect(ledger.waitFor(99, 0)).toBe(0)
    expect(ledger.waitFor(100, 0)).toBe(60)
  })

  it('never lets any calendar or rolling window see more than the limit', () => {
    const request = fc.record({
      weight: fc.integer({ min: 1, max: 5 }),
      latency: fc.integer({ min: 0, max: 30 }),
      counted: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(request, { minLength: 1, maxLength: 60 }), (requests) => {
        const ledger = new Ledger({ pool: 'p', limit: 10, windowMs: 60 })
        const arrivals: { at: number; weight: number }[] = []
        let now = 0
        const pending: { at: number; weight: number }[] = []
        const settleUntil = (time: number): void => {
          for (const done of pending.filter(({ at }) => at <= time))
            ledger.settle(done.weight, done.at, undefined)
          pending.splice(0, pending.length, ...pending.filter(({ at }) => at > time))
        }
        for (const { weight, latency, counted } of requests) {
          for (let wait = ledger.waitFor(weight, now); wait > 0; wait = ledger.waitFor(weight, now)) {
            const nextAnswer = Math.min(...pending.map(({ at }) => at))
            now = Math.min(now + wait, nextAnswer)
            settleUntil(now)
          }
          ledger.spend(weight)
          arrivals.push({ at: now + latency * counted, weight })
          pending.push({ at: now + latency, weight })
        }
        for (const { at: start } of arrivals) {
          const inWindow = arrivals.filter(({ at }) => at >= start && at < start + 60)
          expect(inWindow.reduce((sum, { weight }) => sum + weight, 0)).toBeLessThanOrEqual(10)
        }
      }),
    )
  })
})
