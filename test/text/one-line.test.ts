import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toOneLine, toOneLineJson } from '../../src/lib/text/one-line.ts'

const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

describe('a text from outside', () => {
  it.each([
    ['a\r\nb\u001b[2Jc\u0007', 'a bc'],
    ['a\u0085b\u2028c\u2029d', 'a b c d'],
    ['ends with a line\n', 'ends with a line'],
    ['\u009b31mred', 'red'],
    ['title \u001b]0;mine\u0007 set', 'title  set'],
    ['abc\u202edef\u202c', 'abc\ufffddef\ufffd'],
    ['BTC\u200bUSDT', 'BTC\ufffdUSDT'],
    ['\ufeffBTC\u2066\u2067', '\ufffdBTC\ufffd'],
    ['filler \u3164 and tag \u{e0041}', 'filler \ufffd and tag \ufffd'],
    ['half \ud83d a pair', 'half \ufffd a pair'],
    ['币安人生USDT ✔️ é', '币安人生USDT ✔️ é'],
  ])('%j is shown as %j', (text, shown) => expect(toOneLine(text)).toBe(shown))

  it('is one line without anything unseen, whatever it holds', () => {
    const characters = fc.string({ unit: 'binary', maxLength: 40 })
    fc.assert(
      fc.property(characters, (text) => {
        expect(toOneLine(text)).not.toMatch(FORBIDDEN)
      }),
    )
  })

  it('is written as JSON that a terminal cannot take for anything else, and nothing is lost', () => {
    const value = { a: 'x\u009b31m\u202e\u200b\u2028\u{e0041}\u0000', '\u202eb': ['币'] }
    const text = toOneLineJson(value)
    expect(text).toBe('{"a":"x\\u009b31m\\u202e\\u200b\\u2028\\udb40\\udc41\\u0000","\\u202eb":["币"]}')
    expect(JSON.parse(text)).toEqual(value)
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (any) => {
        const written = toOneLineJson(any)
        expect(written).not.toMatch(FORBIDDEN)
        expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(any)))
      }),
    )
  })
})
