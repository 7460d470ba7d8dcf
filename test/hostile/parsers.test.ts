import { describe, expect, it } from 'vitest'
import { fuzz, SUBJECTS } from './fuzz.ts'

/** Of all parsers together. */
const CASES = 2_000

describe('whatever comes, a parser makes sound rows of it, bad rows with a reason, or a PayloadError', () => {
  it.each(SUBJECTS.map((subject) => [subject.name, subject] as const))('%s', (_, subject) => {
    expect(() => fuzz(subject, Math.ceil(CASES / SUBJECTS.length))).not.toThrow()
  })
})
