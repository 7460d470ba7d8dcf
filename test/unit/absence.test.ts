import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/lib/model/window.ts'
import { AGREEMENT_PAUSE, type Bounds, isAbsent, maySettleAtOnce } from '../../src/lib/pipeline/absence.ts'
import type { Evidence } from '../../src/lib/ports.ts'

const T = Date.UTC(2026, 1, 10)
const STRETCH = { from: T, to: T + 10 * MINUTE }
const NOW = T + DAY
const LIVE: Bounds = {
  listedSince: Date.UTC(2020, 0, 1),
  endsAt: Date.UTC(2100, 11, 25),
  isLive: true,
  hasSessions: false,
  now: NOW,
  longestAtOnce: 8 * HOUR,
}

/** Whose answer has a row on either side, unless told otherwise. */
const evidence = (reach: number, changes: Partial<Evidence> = {}): Evidence => ({
  stretch: STRETCH,
  asked: { from: STRETCH.from - reach * MINUTE, to: STRETCH.to + reach * MINUTE },
  before: STRETCH.from - MINUTE,
  after: STRETCH.to,
  askedAt: NOW,
  run: 'one',
  ...changes,
})
const judge = (all: readonly Evidence[], bounds: Partial<Bounds> = {}) =>
  isAbsent(all.at(-1)?.stretch ?? STRETCH, all, { ...LIVE, ...bounds })

const LONG = { from: T, to: T + 12 * HOUR }
const long = (reach: number, changes: Partial<Evidence> = {}): Evidence =>
  evidence(reach, { stretch: LONG, after: LONG.to, ...changes })

describe('a stretch without rows', () => {
  it.each<[string, readonly Evidence[], boolean, Partial<Bounds>?]>([
    ['no answer', [], false],
    ['one answer with a row on either side', [evidence(2)], false],
    ['two such answers to different questions', [evidence(2), evidence(20)], true],
    ['the same answer twice', [evidence(2), evidence(2)], false],
    [
      'the same question, minutes later',
      [evidence(2), evidence(2, { askedAt: NOW + AGREEMENT_PAUSE })],
      true,
    ],
    [
      'the same question, almost as late',
      [evidence(2), evidence(2, { askedAt: NOW + AGREEMENT_PAUSE - 1 })],
      false,
    ],
    ['the same question in another run', [evidence(2), evidence(2, { run: 'other' })], true],
    [
      'two answers of which one has no row after it',
      [evidence(2), evidence(20, { after: undefined })],
      false,
    ],
    [
      'two answers about parts of it',
      [evidence(2, { stretch: { from: T, to: T + MINUTE } }), evidence(20)],
      false,
    ],
    [
      'two answers about more',
      [evidence(2, { stretch: { from: T - HOUR, to: T + HOUR } }), evidence(20)],
      true,
    ],
    ['longer than an answer: two at once', [long(2), long(20)], false],
    ['longer than an answer: two runs', [long(2), long(2, { run: 'other' })], true],
    [
      'longer than an answer, traded in sessions: two at once',
      [long(2), long(20)],
      true,
      { isLive: false, hasSessions: true },
    ],
    [
      'a short part of a long one: two at once',
      [evidence(2, { after: LONG.to }), evidence(20, { after: LONG.to })],
      false,
    ],
    [
      'nothing on either side, in two runs',
      [
        evidence(2, { before: undefined, after: undefined }),
        evidence(20, { before: undefined, after: undefined, run: 'other' }),
      ],
      false,
    ],
  ])('shown by %s: %s', (_, all, expected, bounds) => {
    expect(judge(all, bounds)).toBe(expected)
  })
})

describe('the end of a symbol', () => {
  const last = { after: undefined, stretch: { from: T, to: NOW } }
  const two = [evidence(2, last), evidence(2, { ...last, run: 'other' })]

  it('that trades is never believed', () => {
    expect(judge(two)).toBe(false)
  })

  it('that does not trade is believed when two runs say so, not two answers', () => {
    expect(judge(two, { isLive: false, endsAt: null })).toBe(true)
    expect(judge([evidence(2, last), evidence(20, last)], { isLive: false, endsAt: null })).toBe(false)
  })

  it('once known is the end of all that comes later', () => {
    const later = { ...last, stretch: { from: T, to: NOW + DAY }, run: 'other' }
    expect(judge([evidence(2, last), evidence(2, later)], { isLive: false, endsAt: null })).toBe(true)
  })

  it('by the venue s word is believed at once, and not before it has come', () => {
    const ended = { isLive: false, endsAt: T + HOUR }
    expect(judge([evidence(2, last), evidence(20, last)], ended)).toBe(true)
    expect(judge([evidence(2, last), evidence(20, last)], { ...ended, endsAt: NOW + HOUR })).toBe(false)
  })
})

describe('what lies before a symbol', () => {
  const first = { before: undefined, stretch: { from: T - 30 * DAY, to: T }, after: T }
  const both = [evidence(2, first), evidence(20, first)]

  it('is believed at once where it ends with the listing, within a day', () => {
    expect(judge(both, { listedSince: T })).toBe(true)
    expect(judge(both, { listedSince: T - DAY })).toBe(true)
  })

  it('is believed in two runs where the listing was earlier, or is not known', () => {
    expect(judge(both, { listedSince: T - 2 * DAY })).toBe(false)
    expect(judge(both, { listedSince: null })).toBe(false)
    expect(judge([evidence(2, first), evidence(2, { ...first, run: 'other' })], { listedSince: null })).toBe(
      true,
    )
  })
})

describe('a second question at once', () => {
  it('is worth asking where it can settle the matter', () => {
    expect(maySettleAtOnce(evidence(2), LIVE)).toBe(true)
    expect(maySettleAtOnce(long(2), LIVE)).toBe(false)
    expect(maySettleAtOnce(evidence(2, { before: undefined }), LIVE)).toBe(false)
    expect(maySettleAtOnce(evidence(2), { ...LIVE, longestAtOnce: 0 })).toBe(false)
  })
})
