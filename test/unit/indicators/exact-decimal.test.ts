import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareDecimals, subtractDecimals, sumDecimals } from '../../../src/lib/model/exact-decimal.ts'
import { signed, TRIMMED, toUnits } from './decimals.ts'

describe('exact decimals', () => {
  it.each([
    [[], '0'],
    [['-0.00'], '0'],
    [['0.1', '0.2'], '0.3'],
    [['1.50', '-0.5'], '1'],
    [['100', '20'], '120'],
    [['9007199254740993', '0.000000000000000001'], '9007199254740993.000000000000000001'],
    [['0.05', '-0.06'], '-0.01'],
  ])('%j sum up to %s', (values, sum) => {
    expect(sumDecimals(values)).toBe(sum)
  })

  it('sum up to the last digit', () => {
    fc.assert(
      fc.property(fc.array(signed), (values) => {
        const sum = sumDecimals(values)
        expect(toUnits(sum)).toBe(values.reduce((total, value) => total + toUnits(value), 0n))
        expect(sum).toMatch(TRIMMED)
      }),
    )
  })

  it('subtract to the last digit', () => {
    fc.assert(
      fc.property(signed, signed, (a, b) => {
        const difference = subtractDecimals(a, b)
        expect(toUnits(difference)).toBe(toUnits(a) - toUnits(b))
        expect(difference).toMatch(TRIMMED)
      }),
    )
  })

  it('compare by value', () => {
    fc.assert(
      fc.property(signed, signed, (a, b) => {
        const difference = toUnits(a) - toUnits(b)
        expect(compareDecimals(a, b)).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0)
      }),
    )
    expect(compareDecimals('1.0', '1')).toBe(0)
    expect(compareDecimals('-0', '0.000')).toBe(0)
    expect(compareDecimals('9007199254740993', '9007199254740992')).toBe(1)
  })

  it('keep more decimals than any table of powers', () => {
    const tiny = `0.${'0'.repeat(59)}1`
    expect(sumDecimals(['1', tiny])).toBe(`1.${'0'.repeat(59)}1`)
  })

  it.each(['', '1e5', '0x10', ' 1', 'NaN', '1.'])('refuse %j', (text) => {
    expect(() => sumDecimals([text])).toThrow(RangeError)
    expect(() => subtractDecimals('1', text)).toThrow(RangeError)
    expect(() => compareDecimals(text, '1')).toThrow(RangeError)
  })
})
