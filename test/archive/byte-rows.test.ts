import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BinaryBuffer } from '../../src/db/binary-buffer.ts'
import { readDecimal, readWhole } from '../../src/lib/archive/cell-values.ts'
import { toByteRows } from '../helpers/cells.ts'

const odd = fc.string({ unit: fc.constantFrom('0', '1', '9', '.', '-', 'e', ' ', 'é', '\0'), maxLength: 24 })
const plain = fc
  .tuple(fc.boolean(), fc.stringMatching(/^\d{1,17}$/), fc.option(fc.stringMatching(/^\d{1,12}$/)))
  .map(([isNegative, whole, part]) => `${isNegative ? '-' : ''}${whole}${part === null ? '' : `.${part}`}`)

describe('a cell that was read on the way to its end', () => {
  it('has the values that its bytes have', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(odd, plain), async (text) => {
        const rows = await toByteRows([`1,${text},2`], 3)
        const bytes = Buffer.from(text)
        expect([rows.decimal(0, 1), rows.whole(0, 1), rows.text(0, 1)]).toEqual([
          readDecimal(bytes, 0, bytes.length),
          readWhole(bytes, 0, bytes.length),
          text,
        ])
      }),
      { numRuns: 3_000 },
    )
  })

  it('becomes the very bytes of a numeric that its text does, or is left to its text', async () => {
    let taken = 0
    await fc.assert(
      fc.asyncProperty(plain, async (text) => {
        const { digits, scales } = await toByteRows([`1,${text},2`], 3)
        const [byText, byDigits] = [new BinaryBuffer(64), new BinaryBuffer(64)]
        byText.decimal(text)
        const scale = scales[1] ?? -1
        if (scale < 0 || !byDigits.plainDecimal(digits, 1, scale, text.length)) return
        taken += 1
        expect(byDigits.done().equals(byText.done())).toBe(true)
      }),
      { numRuns: 3_000 },
    )
    expect(taken).toBeGreaterThan(500)
  })

  it.each([
    ['1780272000000', 1_780_272_000_000],
    ['1780272000', Number.NaN],
    ['1780272000000000', Number.NaN],
    ['', Number.NaN],
    ['open_time', Number.NaN],
  ])('may be a time in milliseconds: %j', async (text, time) => {
    const rows = await toByteRows([`1,${text},2`], 3)
    expect(rows.time(0, 1)).toBe(time)
  })
})
