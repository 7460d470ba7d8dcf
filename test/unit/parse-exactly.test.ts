import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseExactly } from '../../src/lib/http/parse-exactly.ts'

describe('JSON read to the digit', () => {
  it.each([
    ['0', '0'],
    ['-0', '-0'],
    ['12.3400', '12.3400'],
    ['-0.50', '-0.50'],
    ['100000000000000000000.000000000000000000001', '100000000000000000000.000000000000000000001'],
    ['9007199254740993', '9007199254740993'],
  ])('keeps %s as %s', (text, digits) => {
    expect(parseExactly(text)).toBe(digits)
  })

  it.each([
    ['1e-7', '0.0000001'],
    ['1.5e-7', '0.00000015'],
    ['-1.50E-3', '-0.00150'],
    ['12.5e-1', '1.25'],
    ['12.5e-2', '0.125'],
    ['125e-4', '0.0125'],
    ['1e0', '1'],
    ['1.25e0', '1.25'],
    ['1.25e1', '12.5'],
    ['1.25e2', '125'],
    ['1.25E+4', '12500'],
    ['-1e21', '-1000000000000000000000'],
    // No double is as large.
    ['1.5e400', `15${'0'.repeat(399)}`],
  ])('writes %s in plain notation as %s', (text, digits) => {
    expect(parseExactly(text)).toBe(digits)
  })

  it('changes numbers, wherever they are, and nothing else', () => {
    const text =
      '[{"t":1693526400,"history":[{"l":0.6710,"s":[1e-2,[-3]]}],"ok":true,"no":null,"name":"1.50","":{}}]'
    expect(parseExactly(text)).toEqual([
      {
        t: '1693526400',
        history: [{ l: '0.6710', s: ['0.01', ['-3']] }],
        ok: true,
        no: null,
        name: '1.50',
        '': {},
      },
    ])
  })

  it.each(['', '[1,', '{"a":01}', '<html>'])('refuses what is no JSON: %j', (text) => {
    expect(() => parseExactly(text)).toThrow(SyntaxError)
  })

  it('has the value of every number that JSON can write, without an exponent', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(number, (value) => {
        const [plain] = parseExactly(JSON.stringify([value])) as string[]
        expect(plain).toMatch(/^-?\d+(?:\.\d+)?$/)
        expect(Number(plain)).toBe(value + 0)
      }),
    )
  })
})
