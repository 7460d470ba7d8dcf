import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../src/lib/model/window.ts'
import { dueMinutes, findOverdue, isDue } from '../../src/lib/plan/schedule.ts'

const T = Date.UTC(2026, 1, 1)
const at = (hours: number): number => T + hours * HOUR
const schedule = (hours = 8) => ({ longestMs: 8 * HOUR, intervalOf: () => hours * HOUR })

/** `[from, to]` in hours from the start; a minute after an event counts as the event. */
const overdue = (
  times: readonly number[],
  [from, to]: readonly [number, number],
  hours?: number,
  since = 0,
) =>
  findOverdue(schedule(hours), {
    symbol: 'A',
    covered: [{ from: at(from), to: at(to) }],
    times: times.map(at),
    since,
  }).map((window) => [window.from, window.to].map((ts) => Math.round((ts - T) / HOUR)))

describe('settlements of which one is overdue', () => {
  it.each<[string, readonly number[], readonly [number, number], readonly (readonly number[])[], number?]>([
    ['none, each eight hours', [0, 8, 16, 24], [0, 30], []],
    ['one in the middle', [0, 8, 24, 32], [0, 36], [[8, 24]]],
    ['one in the middle, each four hours', [0, 4, 12, 16], [0, 18], [[4, 12]], 4],
    ['none where the interval became longer', [0, 4, 8, 16, 24], [0, 30], []],
    ['none where the interval became shorter', [0, 8, 16, 20, 24], [0, 26], []],
    ['all behind the first two', [0, 8], [0, 72], [[8, 72]]],
    ['all before the last two', [64, 72], [0, 73], [[0, 64]]],
    ['all', [], [0, 72], [[0, 72]]],
    ['none that can be due', [], [1, 7], []],
    ['one in a short window', [], [7, 9], [[7, 9]]],
    ['none although one came beside the schedule', [0, 8, 10, 16, 24], [0, 26], []],
    ['one of the newest, each hour', [0, 1, 2], [0, 6], [[2, 6]], 1],
  ])('%s', (_, times, window, expected, hours) => {
    expect(overdue(times, window, hours)).toEqual(expected)
  })

  it('is none from before the listing', () => {
    expect(overdue([40, 48], [0, 50], 8, at(33))).toEqual([])
    expect(overdue([40, 48], [0, 50], 8, at(20))).toEqual([[20, 40]])
  })

  it('is found wherever one of an even schedule is left out', () => {
    const one = fc.tuple(fc.constantFrom(1, 2, 4, 8), fc.integer({ min: 5, max: 40 }), fc.nat())
    fc.assert(
      fc.property(one, ([interval, count, which]) => {
        const times = Array.from({ length: count }, (_, index) => index * interval)
        const left = 1 + (which % (count - 2))
        const [found, ...more] = overdue(times.toSpliced(left, 1), [0, count * interval], interval)
        expect(more).toEqual([])
        expect(found).toEqual([(left - 1) * interval, (left + 1) * interval])
      }),
    )
  })
})

describe('a schedule', () => {
  it('knows when something is due, and the minutes of that', () => {
    expect(isDue(schedule(), 'A', { from: at(7), to: at(8) })).toBe(false)
    expect(isDue(schedule(), 'A', { from: at(7), to: at(8) + MINUTE })).toBe(true)
    expect(dueMinutes(schedule(), 'A', { from: at(7), to: at(17) })).toEqual([
      { from: at(8), to: at(8) + MINUTE },
      { from: at(16), to: at(16) + MINUTE },
    ])
  })
})
