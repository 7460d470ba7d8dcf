import fc from 'fast-check'

/** More decimals than any decimal of these tests has. */
const SCALE = 40

/** The value of a plain decimal in units of 10^-40, read another way than the code under test does. */
export function toUnits(text: string): bigint {
  const [whole = '', part = ''] = text.replace('-', '').split('.')
  const units = BigInt(whole + part.padEnd(SCALE, '0'))
  return text.startsWith('-') ? -units : units
}

export const unsigned: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(fc.bigInt({ min: 0n, max: 10n ** 24n }), fc.bigInt({ min: 0n, max: 10_000n })),
    fc.integer({ min: 0, max: 20 }),
  )
  .map(([digits, scale]) => {
    const text = digits.toString().padStart(scale + 1, '0')
    return scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`
  })

export const signed: fc.Arbitrary<string> = fc
  .tuple(fc.boolean(), unsigned)
  .map(([isNegative, text]) => (isNegative ? `-${text}` : text))

/** Plain notation without a zero, dot or sign too many. */
export const TRIMMED = /^(0|-?(?:[1-9]\d*|0)(?:\.\d*[1-9])?)$/
