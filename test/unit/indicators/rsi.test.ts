import fc from 'fast-check'
import { RSI } from 'trading-signals'
import { describe, expect, it } from 'vitest'
import { Rsi, type RsiPoint, type RsiState } from '../../../src/lib/derive/math/rsi.ts'
import { hasRecorded, recordedCandles } from '../../helpers/recorded.ts'

const pushAll = (rsi: Rsi, closes: readonly number[]): (RsiPoint | undefined)[] =>
  closes.map((close) => rsi.push(close))

/** What a database gives back: the shortest text of each double. */
const stored = (state: RsiState | undefined): RsiState | undefined =>
  state && (JSON.parse(JSON.stringify(state)) as RsiState)

const close = fc.oneof(
  fc.integer({ min: 1, max: 5 }).map((units) => units / 10),
  fc.double({ min: 1e-7, max: 1e6, noNaN: true }),
)
const period = fc.integer({ min: 1, max: 15 })

describe('RSI', () => {
  it('starts from the mean of the first changes and then smooths', () => {
    expect(pushAll(new Rsi(2), [1, 2, 4, 3, 3])).toEqual([
      undefined,
      undefined,
      { rsi: 100, averageGain: 1.5, averageLoss: 0 },
      { rsi: 60, averageGain: 0.75, averageLoss: 0.5 },
      { rsi: 60, averageGain: 0.375, averageLoss: 0.25 },
    ])
  })

  it('has the figures of the textbook example', () => {
    const closes = [
      44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931,
      46.0328, 45.614, 46.282, 46.282, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439,
    ]
    const shown = pushAll(new Rsi(14), closes).map((point) => point?.rsi.toFixed(2))
    expect(shown.slice(13)).toEqual([undefined, '70.53', '66.32', '66.55', '69.41', '66.36', '57.97'])
  })

  it.each([
    ['a flat window', [7, 7, 7, 7, 7], 50],
    ['only gains', [1, 2, 2, 3, 5], 100],
    ['only losses', [5, 4, 4, 2, 1], 0],
  ])('is settled for %s', (_, closes, expected) => {
    const points = pushAll(new Rsi(3), closes)
    expect(points.map((point) => point?.rsi)).toEqual([undefined, undefined, undefined, expected, expected])
  })

  it('leaves 50 with the first move', () => {
    const rsi = new Rsi(2)
    pushAll(rsi, [3, 3, 3])
    expect(rsi.push(4)).toEqual({ rsi: 100, averageGain: 0.5, averageLoss: 0 })
  })

  it('has no state before its first point', () => {
    const rsi = new Rsi(2)
    expect(pushAll(rsi, [1, 2])).toEqual([undefined, undefined])
    expect(rsi.state).toBeUndefined()
    rsi.push(1)
    expect(rsi.state).toEqual({ averageGain: 0.5, averageLoss: 0.5, close: 1 })
    rsi.restart()
    expect(rsi.state).toBeUndefined()
  })

  it('is the same to the last bit wherever it is cut and resumed', () => {
    fc.assert(
      fc.property(period, fc.array(close, { maxLength: 40 }), (length, closes) => {
        const whole = pushAll(new Rsi(length), closes)
        for (let cut = 0; cut <= closes.length; cut += 1) {
          const first = new Rsi(length)
          const head = pushAll(first, closes.slice(0, cut))
          const second = new Rsi(length, stored(first.state))
          if (!first.state) expect(pushAll(second, closes.slice(0, cut))).toEqual(head)
          expect([...head, ...pushAll(second, closes.slice(cut))]).toEqual(whole)
          expect(first.state === undefined).toBe(cut <= length)
        }
      }),
    )
  })

  it('knows nothing of what was before a restart', () => {
    const series = fc.array(fc.array(close, { maxLength: 30 }), { maxLength: 4 })
    fc.assert(
      fc.property(period, series, (length, parts) => {
        const one = new Rsi(length)
        for (const part of parts) {
          expect(pushAll(one, part)).toEqual(pushAll(new Rsi(length), part))
          one.restart()
        }
      }),
    )
  })

  it('stays between 0 and 100', () => {
    fc.assert(
      fc.property(period, fc.array(close, { maxLength: 60 }), (length, closes) => {
        for (const point of pushAll(new Rsi(length), closes)) {
          expect(point?.rsi ?? 0).toBeGreaterThanOrEqual(0)
          expect(point?.rsi ?? 0).toBeLessThanOrEqual(100)
        }
      }),
    )
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses the period %d', (length) => {
    expect(() => new Rsi(length)).toThrow(RangeError)
  })

  it.each([
    { averageGain: -1, averageLoss: 1, close: 1 },
    { averageGain: 1, averageLoss: Number.NaN, close: 1 },
    { averageGain: 1, averageLoss: 1, close: Number.NaN },
  ])('refuses to go on from %j', (state) => {
    expect(() => new Rsi(14, state)).toThrow(RangeError)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %d and goes on as if it had not been', (bad) => {
    const rsi = new Rsi(2)
    pushAll(rsi, [1, 2, 4])
    expect(() => rsi.push(bad)).toThrow(RangeError)
    expect(rsi.push(3)).toEqual({ rsi: 60, averageGain: 0.75, averageLoss: 0.5 })
  })
})

/** Greatest distance from the RSI of `trading-signals`, which seeds and smooths alike, and the points compared. */
function compareWithPackage(closes: readonly number[]): { points: number; distance: number } {
  const [ours, theirs] = [new Rsi(14), new RSI(14)]
  let [points, distance] = [0, 0]
  for (const value of closes) {
    const [point, expected] = [ours.push(value), theirs.add(value)]
    expect(point === undefined).toBe(expected === null)
    // The package calls a window without a change 100, on purpose not our answer.
    if (!point || expected === null || point.averageGain + point.averageLoss === 0) continue
    points += 1
    distance = Math.max(distance, Math.abs(point.rsi - expected))
  }
  return { points, distance }
}

function walk(length: number): number[] {
  let [seed, value] = [42, 100]
  return Array.from({ length }, () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    value *= 1 + (seed / 2 ** 32 - 0.5) / 500
    return value
  })
}

describe('RSI and trading-signals', () => {
  it('agree on a random walk', () => {
    const { points, distance } = compareWithPackage(walk(20_000))
    expect(points).toBe(19_986)
    expect(distance).toBeLessThan(1e-9)
  })

  it.skipIf(!hasRecorded)('agree on a recorded month', () => {
    const closes = recordedCandles('AVAXUSDT').map((line) => Number(line.split(',')[5]))
    expect(closes).toHaveLength(28 * 1_440)
    const { points, distance } = compareWithPackage(closes)
    expect(points).toBe(closes.length - 14)
    expect(distance).toBeLessThan(1e-9)
  })

  it('differ on a flat window', () => {
    const theirs = new RSI(14)
    expect(Array.from({ length: 15 }, () => theirs.add(7)).at(-1)).toBe(100)
    expect(pushAll(new Rsi(14), Array(15).fill(7)).at(-1)?.rsi).toBe(50)
  })
})
