import { describe, expect, it } from 'vitest'
import type { LongShortRatio } from '../../src/lib/model/market.ts'
import { MINUTE } from '../../src/lib/model/window.ts'
import { mergeAnswers } from '../../src/lib/pipeline/merge-answers.ts'
import { readPage } from '../../src/lib/pipeline/page.ts'
import type { ParsedRows, RejectedRow } from '../../src/lib/venue/route.ts'
import { createBinance } from '../../src/venues/binance/index.ts'

const { lsr } = createBinance({ binanceRestUrl: 'http://127.0.0.1:1' }).routes
if (!lsr) throw new Error('binance has ratios')

const START = Date.UTC(2026, 1, 1)
const at = (minute: number): number => START + minute * MINUTE
const window = (from: number, to: number) => ({ from: at(from), to: at(to) })
const LATER = at(100_000)

describe('a page of several answers', () => {
  const EMPTY = {
    globalAccountRatio: null,
    globalLongAccount: null,
    globalShortAccount: null,
    topAccountRatio: null,
    topLongAccount: null,
    topShortAccount: null,
    topPositionRatio: null,
    topLongPosition: null,
    topShortPosition: null,
  }
  type Field = keyof typeof EMPTY
  const answer = (field: Field, minutes: number[]): ParsedRows<'lsr'> => {
    const rows = minutes.map((minute) => ({
      ...EMPTY,
      ts: at(minute),
      sampledAt: at(minute),
      [field]: `1.${minute}`,
    }))
    return { rows, rejected: [], count: rows.length }
  }
  const readRatios = (accounts: number[], positions: number[], now: number, takesPartial: boolean) => {
    const answers = [answer('globalAccountRatio', accounts), answer('topPositionRatio', positions)]
    return readPage(lsr, window(0, 30), mergeAnswers(answers), { now, takesPartial })
  }
  const ALL = [0, 5, 10, 15, 20, 25]
  const whole = (minute: number): LongShortRatio => ({
    ...EMPTY,
    ts: at(minute),
    sampledAt: at(minute),
    globalAccountRatio: `1.${minute}`,
    topPositionRatio: `1.${minute}`,
  })

  it('has the parts of all of them in its rows', () => {
    const page = readRatios(ALL, ALL, LATER, false)
    expect(page.rows).toEqual(ALL.map(whole))
    expect(page.covered).toEqual([window(0, 30)])
  })

  it('lacks a row of which one answer lacks its part, at the first asking', () => {
    const page = readRatios(ALL, [0, 5, 15, 20, 25], LATER, false)
    expect(page.rows.map((row) => row.ts)).toEqual([0, 5, 15, 20, 25].map(at))
    expect([page.covered, page.missing]).toEqual([[window(0, 10), window(15, 30)], [window(10, 15)]])
  })

  it('takes it with nulls at the second, and still lacks what no answer has', () => {
    const page = readRatios([0, 5, 15, 20, 25], [0, 10, 15, 25], LATER, true)
    expect(page.rows).toEqual([
      whole(0),
      { ...whole(5), topPositionRatio: null },
      { ...whole(10), globalAccountRatio: null },
      whole(15),
      { ...whole(20), topPositionRatio: null },
      whole(25),
    ])
    expect([page.covered, page.missing, page.open]).toEqual([[window(0, 30)], [], []])
    const lacking = readRatios([0, 5, 15], [0, 10, 15], LATER, true)
    expect([lacking.missing, lacking.outer]).toEqual([[], [window(20, 30)]])
  })

  it.each([false, true])('leaves it open at the edge (asked again: %s)', (takesPartial) => {
    const page = readRatios(ALL, [0, 5, 10, 15, 25], at(31), takesPartial)
    expect(page.rows.map((row) => row.ts)).toEqual([0, 5, 10, 15, 25].map(at))
    expect([page.covered, page.missing, page.open]).toEqual([
      [window(0, 20), window(25, 30)],
      [],
      [window(20, 25)],
    ])
  })

  it('takes the older of two partial rows and leaves the younger one open', () => {
    const page = readRatios(ALL, [0, 5, 15, 20], at(31), true)
    expect(page.rows).toEqual([
      whole(0),
      whole(5),
      { ...whole(10), topPositionRatio: null },
      whole(15),
      whole(20),
    ])
    expect([page.covered, page.missing, page.open]).toEqual([[window(0, 25)], [], [window(25, 30)]])
  })

  it('does not take what one answer has of a step whose row another one broke', () => {
    const broken: RejectedRow = { ts: at(5), row: {}, reason: 'a rule' }
    const answers = [
      answer('globalAccountRatio', ALL),
      { ...answer('topPositionRatio', [0, 10, 15, 20, 25]), rejected: [broken] },
    ]
    const page = readPage(lsr, window(0, 30), mergeAnswers(answers), { now: LATER, takesPartial: true })
    expect(page.rows).toEqual([0, 10, 15, 20, 25].map(whole))
    expect([page.broken, page.missing, page.rejected]).toEqual([[window(5, 10)], [], [broken]])
  })
})
