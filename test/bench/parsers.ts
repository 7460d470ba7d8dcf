import { fuzz, SUBJECTS } from '../hostile/fuzz.ts'
import { atLeast, type Part, tell } from './figure.ts'

/** Of all parsers together. */
const CASES = 100_000

/** Hostile answers to every parser, each time others: `npm test` has a few thousand, here are many. Throws at a fault. */
export async function measureParsers(): Promise<Part> {
  const each = Math.ceil(CASES / SUBJECTS.length)
  const begin = performance.now()
  const seed = Math.floor(begin * 1_000)
  for (const subject of SUBJECTS) fuzz(subject, each, seed)
  const seconds = (performance.now() - begin) / 1_000
  const cases = each * SUBJECTS.length
  return {
    figures: [
      atLeast(CASES, 'j. hostile answers read as they must be', cases, 'cases'),
      tell('j. time for them', seconds, 's'),
    ],
    details: { seed, parsers: SUBJECTS.map(({ name }) => name) },
  }
}
