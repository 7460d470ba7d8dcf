import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDecimal, isLess, toNumber } from '../../src/lib/model/decimal.ts'

const decimal = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 24n }), fc.integer({ min: 0, max: 20 }))
  .map(([isNegative, digits, scale]) => {
    const text = digits.toString().padStart(scale + 1, '0')
    const plain = scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`
    return isNegative ? `-${plain}` : plain
  })

describe('decimals', () => {
  it('have the value that Number gives them', () => {
    fc.assert(
      fc.property(decimal, (text) => {
        const [ours, theirs] = [toNumber(text), Number(text)]
        expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(Math.abs(theirs) * Number.EPSILON)
      }),
    )
  })

  it.each([
    '',
    '-',
    '.',
    '1.',
    '.5',
    '-.5',
    '1.2.3',
    '1e5',
    ' 1',
    '1 ',
    '+1',
    '0x10',
    'NaN',
    'Infinity',
    '1,000',
    '١',
  ])('%j is none', (text) => {
    expect(isDecimal(text)).toBe(false)
  })

  it('compare as their digits do', () => {
    const scaled = (text: string): bigint => {
      const [whole = '', part = ''] = text.replace('-', '').split('.')
      const value = BigInt(whole + part.padEnd(20, '0'))
      return text.startsWith('-') ? -value : value
    }
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        expect(isLess(a, toNumber(a), b, toNumber(b))).toBe(scaled(a) < scaled(b))
      }),
    )
  })
})
