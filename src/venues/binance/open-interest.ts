import type { LongShortRatio } from '../../lib/model/market.ts'
import type { Question, Route } from '../../lib/venue/route.ts'
import { createStatisticQuestion, STATISTICS } from './statistics.ts'

/** Open interest at the instant of the timestamp (its value is that times the mark price; measured, 288 of 288). */
export function createOpenInterestRoute(baseUrl: string): Route<'oi'> {
  const question = createStatisticQuestion<'oi'>({
    baseUrl,
    name: 'openInterestHist',
    numbers: ['sumOpenInterest', 'sumOpenInterestValue'],
    toRow: ({ sumOpenInterest = '', sumOpenInterestValue = '' }, ts) => ({
      ts,
      openInterest: sumOpenInterest,
      openInterestValue: sumOpenInterestValue,
      sampledAt: ts,
    }),
  })
  return { ...STATISTICS, dataset: 'oi', isSnapshot: true, questions: [question] }
}

const EMPTY: Omit<LongShortRatio, 'ts' | 'sampledAt'> = {
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

type RatioField = keyof typeof EMPTY

/** The three endpoints have the same fields, also where they tell of positions: `longAccount`, `shortAccount`. */
function createRatioQuestion(
  baseUrl: string,
  name: string,
  [ratio, long, short]: readonly [RatioField, RatioField, RatioField],
): Question<'lsr'> {
  return createStatisticQuestion<'lsr'>({
    baseUrl,
    name,
    numbers: ['longShortRatio', 'longAccount', 'shortAccount'],
    toRow: ({ longShortRatio = '', longAccount = '', shortAccount = '' }, ts) => ({
      ...EMPTY,
      ts,
      [ratio]: longShortRatio,
      [long]: longAccount,
      [short]: shortAccount,
      sampledAt: ts,
    }),
  })
}

/** All three long/short ratios of the same instants. */
export function createRatioRoute(baseUrl: string): Route<'lsr'> {
  const ask = (name: string, ...fields: [RatioField, RatioField, RatioField]): Question<'lsr'> =>
    createRatioQuestion(baseUrl, name, fields)
  return {
    ...STATISTICS,
    dataset: 'lsr',
    isSnapshot: true,
    questions: [
      ask('globalLongShortAccountRatio', 'globalAccountRatio', 'globalLongAccount', 'globalShortAccount'),
      ask('topLongShortAccountRatio', 'topAccountRatio', 'topLongAccount', 'topShortAccount'),
      ask('topLongShortPositionRatio', 'topPositionRatio', 'topLongPosition', 'topShortPosition'),
    ],
  }
}
