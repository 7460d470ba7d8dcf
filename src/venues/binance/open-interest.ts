import type { LongShortRatio } from '../../lib/model/market.ts'
import type { Question, Source } from '../../lib/venue.ts'
import { createStatisticQuestion, STATISTICS } from './statistics.ts'

/** Open interest at the instant of the timestamp (its value is that times the mark price; measured, 288 of 288). */
export function createOpenInterestSource(baseUrl: string): Source<'oi'> {
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
const RATIOS: readonly (readonly [name: string, ratio: RatioField, long: RatioField, short: RatioField])[] = [
  ['globalLongShortAccountRatio', 'globalAccountRatio', 'globalLongAccount', 'globalShortAccount'],
  ['topLongShortAccountRatio', 'topAccountRatio', 'topLongAccount', 'topShortAccount'],
  ['topLongShortPositionRatio', 'topPositionRatio', 'topLongPosition', 'topShortPosition'],
]

/** All three long/short ratios of the same instants. */
export function createRatioSource(baseUrl: string): Source<'lsr'> {
  const [first, ...others] = RATIOS.map(([name, ratio, long, short]) =>
    createStatisticQuestion<'lsr'>({
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
    }),
  )
  const questions = [first, ...others].filter((question) => question !== undefined)
  return { ...STATISTICS, dataset: 'lsr', isSnapshot: true, questions: questions as [Question<'lsr'>] }
}
