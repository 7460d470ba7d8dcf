import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ERROR_TYPES, findErrorType } from '../../src/lib/model/error-types.ts'

const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url))
const LIST = 'lib/model/error-types.ts'

/** All sources but the list itself and what only simulates a venue. */
function readSources(): string {
  return readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name !== LIST && !name.split('/').includes('sim'))
    .map((name) => readFileSync(SOURCES + name, 'utf8'))
    .join('\n')
}

// That no other type can be recorded is the compiler's to prove: `Failure.type` is `ErrorType`.
describe('the list of error types', () => {
  const types = ERROR_TYPES.map(({ type }) => type)

  it('is in the order of names, each once', () => {
    expect(types).toEqual([...new Set(types)].toSorted())
  })

  it('has none that nothing records', () => {
    const sources = readSources()
    const unused = types.filter((type) => !sources.includes(`'${type}'`) && !/^http_/.test(type))
    expect(unused).toEqual([])
    // A status is put together from what the venue answered.
    expect(sources).toMatch(/`http_\$\{status\}`/)
  })

  it('says of each in one line what it means and what to do', () => {
    for (const { meaning, action } of ERROR_TYPES) {
      expect(meaning).toMatch(/^\S[^\n]{20,}[^.\s]$/)
      expect(action).toMatch(/^\S[^\n]{5,}[^.\s]$/)
    }
  })

  it('knows a status without an entry of its own, and nothing that is not ours', () => {
    expect(findErrorType('http_503')?.type).toBe('http_500')
    expect(findErrorType('http_429')?.type).toBe('http_429')
    expect(findErrorType('of another time')).toBeUndefined()
  })
})
