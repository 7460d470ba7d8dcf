import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  intersect,
  normalize,
  pointsToWindows,
  subtract,
  totalSpan,
  type Window,
} from '../../src/lib/model/window.ts'

const window = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 12 }))
  .map(([from, length]): Window => ({ from, to: from + length }))
const windows = fc.array(window, { maxLength: 8 })

const points = (set: readonly Window[]): Set<number> =>
  new Set(set.flatMap(({ from, to }) => Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at)))

describe('windows as sets of points', () => {
  it('normalizes to sorted, disjoint, non-touching windows of the same points', () => {
    fc.assert(
      fc.property(windows, (set) => {
        const normal = normalize(set)
        expect(points(normal)).toEqual(points(set))
        normal.forEach((part, at) => {
          expect(part.from).toBeLessThan(part.to)
          if (at > 0) expect(part.from).toBeGreaterThan(normal[at - 1]?.to ?? 0)
        })
      }),
    )
  })

  it('subtracts and intersects as sets do, and answers in normal form', () => {
    fc.assert(
      fc.property(windows, windows, (a, b) => {
        expect(points(subtract(a, b))).toEqual(points(a).difference(points(b)))
        expect(points(intersect(a, b))).toEqual(points(a).intersection(points(b)))
        expect(subtract(a, b)).toEqual(normalize(subtract(a, b)))
        expect(intersect(a, b)).toEqual(normalize(intersect(a, b)))
      }),
    )
  })

  it('loses nothing between what is taken and what is left', () => {
    fc.assert(
      fc.property(windows, windows, (a, b) => {
        expect(totalSpan(subtract(a, b)) + totalSpan(intersect(a, b))).toBe(totalSpan(normalize(a)))
      }),
    )
  })

  it('takes no longer for many windows than they are many', () => {
    const many = Array.from({ length: 200_000 }, (_, at) => ({ from: at * 4, to: at * 4 + 2 }))
    const others = many.map(({ from, to }) => ({ from: from + 1, to: to + 1 }))
    const before = process.cpuUsage()
    expect(totalSpan(subtract(many, others)) + totalSpan(intersect(many, others))).toBe(400_000)
    const { user } = process.cpuUsage(before)
    // In microseconds of the processor, which other work does not lengthen: two thousand million steps would be minutes.
    expect(user).toBeLessThan(10_000_000)
  })

  it('turns grid points into windows of whole steps', () => {
    expect(pointsToWindows([120, 0, 60, 240], 60)).toEqual([
      { from: 0, to: 180 },
      { from: 240, to: 300 },
    ])
  })
})
