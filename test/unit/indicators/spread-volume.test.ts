import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { spreadFlow } from '../../../src/lib/derive/math/spread-volume.ts'
import { hasRecorded, recordedCandles } from '../../helpers/recorded.ts'
import { TRIMMED, toUnits, unsigned } from './decimals.ts'

const sumUnits = (parts: readonly string[]): bigint => parts.reduce((sum, part) => sum + toUnits(part), 0n)
const decimalsOf = (text: string): number => text.split('.')[1]?.length ?? 0
const weights = fc.array(fc.oneof(unsigned, fc.constant('0.000')), { minLength: 1, maxLength: 8 })

describe('a flow spread over minutes', () => {
  it.each([
    ['in proportion', '387.3300', ['1', '2', '3', '4', '0'], ['38.733', '77.466', '116.199', '154.932', '0']],
    ['evenly where no minute has weight', '10', ['0', '0.0', '0', '0', '0.000'], ['2', '2', '2', '2', '2']],
    ['to the earlier of equals', '1', ['1', '1', '1'], ['0.33333334', '0.33333333', '0.33333333']],
    ['to the largest remainder first', '1', ['1', '2', '4'], ['0.14285714', '0.28571429', '0.57142857']],
    ['with the decimals of the total', '0.0000000001', ['1', '1'], ['0.0000000001', '0']],
    ['nothing, where there is none', '0.000', ['1', '2'], ['0', '0']],
    ['to one minute', '7.10', ['0'], ['7.1']],
    ['past the minutes without weight', '0.00000001', ['0', '0.5'], ['0', '0.00000001']],
  ])('%s', (_, total, shares, parts) => {
    expect(spreadFlow(total, shares)).toEqual(parts)
  })

  it('adds up to the last digit, none negative, in plain trimmed notation', () => {
    fc.assert(
      fc.property(unsigned, weights, (total, shares) => {
        const parts = spreadFlow(total, shares)
        expect(parts).toHaveLength(shares.length)
        expect(sumUnits(parts)).toBe(toUnits(total))
        for (const part of parts) {
          expect(part).toMatch(TRIMMED)
          expect(toUnits(part)).toBeGreaterThanOrEqual(0n)
        }
      }),
    )
  })

  it('is less than one unit from each exact share', () => {
    fc.assert(
      fc.property(unsigned, weights, (total, shares) => {
        const unit = 10n ** BigInt(40 - Math.max(8, decimalsOf(total)))
        const units = shares.map(toUnits)
        const whole = units.reduce((sum, share) => sum + share, 0n)
        const [ratios, sum] = whole > 0n ? [units, whole] : [units.map(() => 1n), BigInt(units.length)]
        spreadFlow(total, shares).forEach((part, at) => {
          const difference = toUnits(part) * sum - toUnits(total) * (ratios[at] ?? 0n)
          expect(difference < unit * sum && -difference < unit * sum).toBe(true)
        })
      }),
    )
  })

  it('gives a minute without weight nothing, and a heavier one not less', () => {
    fc.assert(
      fc.property(unsigned, weights, (total, shares) => {
        const pairs = spreadFlow(total, shares).map((part, at) => [toUnits(shares[at] ?? ''), toUnits(part)])
        const hasWeight = pairs.some(([weight = 0n]) => weight > 0n)
        for (const [weight = 0n, part = 0n] of pairs) {
          if (hasWeight && weight === 0n) expect(part).toBe(0n)
          for (const [other = 0n, less = 0n] of pairs) if (other < weight) expect(less <= part).toBe(true)
        }
      }),
    )
  })

  it.skipIf(!hasRecorded)('keeps every total of a recorded month', () => {
    const rows = recordedCandles('LTCUSDT').map((line) => line.split(','))
    const wrong: string[] = []
    for (let at = 0; at + 5 <= rows.length; at += 5) {
      const five = rows.slice(at, at + 5)
      const bought = sumUnits(five.map((row) => row[9] ?? ''))
      const total = `${bought / 10n ** 40n}.${String(bought % 10n ** 40n).padStart(40, '0')}`.slice(0, -30)
      const volumes = five.map((row) => row[6] ?? '')
      if (sumUnits(spreadFlow(total, volumes)) !== bought) wrong.push(total)
    }
    expect(wrong).toEqual([])
    expect(rows).toHaveLength(28 * 1_440)
  })

  it.each([
    ['no minutes', '1', []],
    ['a negative total', '-0.1', ['1']],
    ['a negative weight', '1', ['2', '-1']],
    ['a total that is no decimal', '1e3', ['1']],
    ['a weight that is no decimal', '1', ['']],
  ])('refuses %s', (_, total, shares) => {
    expect(() => spreadFlow(total, shares)).toThrow(RangeError)
  })
})
