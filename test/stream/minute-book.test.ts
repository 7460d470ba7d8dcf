import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MINUTE, pointsToWindows, subtract } from '../../src/lib/model/window.ts'
import { MinuteBook } from '../../src/lib/stream/minute-book.ts'

const START = Date.UTC(2026, 1, 1)
const at = (minute: number): number => START + minute * MINUTE
const window = (from: number, to: number) => ({ from: at(from), to: at(to) })

describe('the minutes of a symbol', () => {
  it('are taken once each, in any order, and none that is older than what is wanted', () => {
    const book = new MinuteBook(START)
    expect([0, 2, 2, 1, 0, -1].map((minute) => book.receive(at(minute)))).toEqual([
      true,
      true,
      false,
      true,
      false,
      false,
    ])
    expect(book.doneUntil).toBe(at(3))
  })

  it('that are over and did not come are missing, up to the end of the contract', () => {
    const book = new MinuteBook(START)
    for (const minute of [0, 3, 4]) book.receive(at(minute))
    expect(book.missing(at(7))).toEqual([window(1, 3), window(5, 7)])
    book.endsAt = at(6)
    expect(book.missing(at(7))).toEqual([window(1, 3), window(5, 6)])
    expect(book.missing(at(1))).toEqual([])
  })

  it('are settled by what others have stored', () => {
    const book = new MinuteBook(START)
    book.receive(at(5))
    book.settle([window(-100, 3), window(4, 5), window(8, 9)])
    expect(book.missing(at(10))).toEqual([window(3, 4), window(6, 8), window(9, 10)])
    book.settle([window(3, 4)])
    expect(book.doneUntil).toBe(at(6))
  })

  it('that were lost after they came are missing again', () => {
    const book = new MinuteBook(START)
    for (const minute of [0, 1, 2, 3, 6]) book.receive(at(minute))
    book.forget([window(1, 2), window(6, 7)])
    expect(book.missing(at(8))).toEqual([window(1, 2), window(4, 8)])
    expect(book.receive(at(1))).toBe(true)
    expect(book.doneUntil).toBe(at(4))
  })

  it('missing are those wanted minus those in hand, whatever happens to them', () => {
    const minute = fc.integer({ min: 0, max: 40 })
    const span = fc
      .tuple(minute, fc.integer({ min: 1, max: 6 }))
      .map(([from, length]) => window(from, from + length))
    const step = fc.oneof(
      minute.map((value) => ({ receive: value })),
      span.map((value) => ({ settle: value })),
      span.map((value) => ({ forget: value })),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const book = new MinuteBook(START)
        let inHand: { from: number; to: number }[] = []
        for (const one of steps) {
          if ('receive' in one) {
            book.receive(at(one.receive))
            inHand.push(...pointsToWindows([at(one.receive)], MINUTE))
          } else if ('settle' in one) {
            book.settle([one.settle])
            inHand.push(one.settle)
          } else {
            book.forget([one.forget])
            inHand = subtract(inHand, [one.forget])
          }
          expect(book.missing(at(50))).toEqual(subtract([window(0, 50)], inHand))
        }
      }),
    )
  })
})
