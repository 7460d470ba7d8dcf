import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readDecimal, readWhole } from '../../src/lib/archive/cell-values.ts'
import { toNumber } from '../../src/lib/model/decimal.ts'

const around = (text: string): [Uint8Array, number, number] => {
  const bytes = Buffer.from(`9,${text},9`)
  return [bytes, 2, bytes.length - 2]
}
const odd = fc.string({
  unit: fc.constantFrom('0', '1', '9', '.', '-', 'e', '+', ' ', 'é', '\0'),
  maxLength: 24,
})
const plain = fc
  .tuple(fc.boolean(), fc.stringMatching(/^\d{1,18}$/), fc.option(fc.stringMatching(/^\d{1,20}$/)))
  .map(([isNegative, whole, part]) => `${isNegative ? '-' : ''}${whole}${part === null ? '' : `.${part}`}`)

describe('a value in a cell', () => {
  it('is the same as in a text', () => {
    fc.assert(
      fc.property(fc.oneof(odd, plain), (text) => {
        expect(readDecimal(...around(text))).toBe(toNumber(text))
      }),
      { numRuns: 3_000 },
    )
  })

  it('is none where it is longer than any price', () => {
    expect(readDecimal(...around('1'.repeat(64)))).toBeGreaterThan(1e63)
    expect(readDecimal(...around('1'.repeat(65)))).toBeNaN()
  })

  it('may be a whole number', () => {
    expect(readWhole(...around('308'))).toBe(308)
    for (const text of ['', '-1', '1.5', '1e3', ' 1', '1234567890123456'])
      expect(readWhole(...around(text))).toBeNaN()
  })
})
