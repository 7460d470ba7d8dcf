import { describe, expect, it } from 'vitest'
import type { FundingRate } from '../../src/lib/model/market.ts'
import { mergeAnswers } from '../../src/lib/pipeline/merge-answers.ts'
import type { ParsedRows } from '../../src/lib/venue/route.ts'

/** Any dataset with fields that may be null will do; `markPrice` and `rateType` come with different answers. */
const row = (ts: number, own: Partial<FundingRate> = {}): FundingRate => ({
  ts,
  rate: '0.10',
  markPrice: null,
  rateType: null,
  venueTs: ts,
  ...own,
})
const prices = (...times: number[]): FundingRate[] => times.map((ts) => row(ts, { markPrice: `${ts}.50` }))
const types = (...times: number[]): FundingRate[] => times.map((ts) => row(ts, { rateType: `type ${ts}` }))
const full = (ts: number): FundingRate => row(ts, { markPrice: `${ts}.50`, rateType: `type ${ts}` })

const answer = (
  rows: readonly FundingRate[],
  more: Partial<ParsedRows<'funding'>> = {},
): ParsedRows<'funding'> => ({ rows, rejected: [], count: rows.length, ...more })

describe('one answer', () => {
  it('stays as it is', () => {
    const rows = prices(1, 2, 3)
    const rejected = [{ ts: 4, row: 'bad', reason: 'a rule' }]
    expect(mergeAnswers([answer(rows, { rejected, count: 4, trustedFrom: 2 })])).toEqual({
      rows,
      rejected,
      count: 4,
      duplicates: 0,
      trustedFrom: 2,
      partial: new Set(),
      unreached: new Set(),
    })
  })

  it('without anything is nothing', () => {
    expect(mergeAnswers([answer([])])).toEqual({
      rows: [],
      rejected: [],
      count: 0,
      duplicates: 0,
      trustedFrom: 0,
      partial: new Set(),
      unreached: new Set(),
    })
  })

  it('is sorted, and the same row counts once', () => {
    const { rows, duplicates, rejected } = mergeAnswers([answer(prices(3, 1, 2, 1, 1))])
    expect(rows).toEqual(prices(1, 2, 3))
    expect([duplicates, rejected]).toEqual([2, []])
  })

  it('loses both of two different rows of one time', () => {
    const [a, b] = [row(2, { rate: '0.1' }), row(2, { rate: '0.10' })]
    const merged = mergeAnswers([answer([row(1), a, b, a, row(3)])])
    expect(merged.rows).toEqual([row(1), row(3)])
    expect(merged.rejected).toEqual([{ ts: 2, row: [a, b], reason: 'two different rows of the same time' }])
    expect([merged.duplicates, merged.count]).toEqual([1, 5])
  })
})

describe('several answers', () => {
  it.each([
    ['one way round', [prices(1, 2), types(1, 2)]],
    ['the other way round', [types(1, 2), prices(1, 2)]],
    ['each in another order', [prices(2, 1), types(1, 2)]],
  ])('make whole rows, %s', (_, parts) => {
    const merged = mergeAnswers(parts.map((rows) => answer(rows)))
    expect(merged.rows).toEqual([full(1), full(2)])
    expect(merged.partial).toEqual(new Set())
  })

  it('tell which rows lack a part, and keep the part that is there', () => {
    const merged = mergeAnswers([answer(prices(1, 2, 4)), answer(types(2, 3, 4))])
    expect(merged.rows).toEqual([...prices(1), full(2), ...types(3), full(4)])
    expect(merged.partial).toEqual(new Set([1, 3]))
  })

  it('are all partial where one of them is empty', () => {
    const merged = mergeAnswers([answer([]), answer(types(1, 2))])
    expect(merged.rows).toEqual(types(1, 2))
    expect([merged.partial, merged.count]).toEqual([new Set([1, 2]), 2])
  })

  it('with a row twice in one of them do not take that for the part of another', () => {
    const merged = mergeAnswers([answer(prices(1, 1, 2)), answer(types(2))])
    expect(merged.rows).toEqual([...prices(1), full(2)])
    expect([merged.partial, merged.duplicates]).toEqual([new Set([1]), 1])
  })

  it('sum up the rows that came twice in each', () => {
    expect(mergeAnswers([answer(prices(1, 1)), answer(types(1, 1, 1))]).duplicates).toBe(3)
  })

  it('keep a conflict in one of them as refused, and what the others say as a part', () => {
    const [a, b] = [row(2, { rateType: 'a' }), row(2, { rateType: 'b' })]
    const merged = mergeAnswers([answer(prices(1, 2, 3)), answer([...types(1), a, b, ...types(3)])])
    expect(merged.rows).toEqual([full(1), ...prices(2), full(3)])
    expect(merged.rejected).toEqual([{ ts: 2, row: [a, b], reason: 'two different rows of the same time' }])
    expect(merged.partial).toEqual(new Set([2]))
  })

  it('bring all that was refused, the longest answer and the latest trust', () => {
    const bad = (ts: number) => ({ ts, row: ts, reason: 'a rule' })
    const merged = mergeAnswers([
      answer(prices(3), { rejected: [bad(1)], count: 2, trustedFrom: 1 }),
      answer(types(3), { rejected: [bad(2), bad(4)], count: 3 }),
      answer([row(3)], { trustedFrom: 3 }),
    ])
    expect(merged.rejected).toEqual([bad(1), bad(2), bad(4)])
    expect([merged.count, merged.trustedFrom]).toEqual([3, 3])
    expect([merged.rows, merged.partial]).toEqual([[full(3)], new Set()])
  })

  it('may have any number of rows of one time, without taking longer for each', () => {
    const many = Array.from({ length: 20_000 }, (_, at) => row(2, { rate: String(at) }))
    const before = process.cpuUsage()
    const { rows, rejected } = mergeAnswers([answer([...many, ...prices(1)])])
    expect([rows.map(({ ts }) => ts), rejected.map(({ ts }) => ts)]).toEqual([[1], [2]])
    // Two hundred million comparisons would be minutes.
    expect(process.cpuUsage(before).user).toBeLessThan(10_000_000)
  })

  it('leave the answers themselves alone', () => {
    const parts = [answer(prices(2, 1)), answer(types(1, 2))]
    const before = structuredClone(parts)
    mergeAnswers(parts)
    expect(parts).toEqual(before)
  })
})
