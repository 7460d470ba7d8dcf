import type { Answer } from '../core/answer.ts'
import type { Question } from '../core/venue-desk.ts'
import { WIRE_ERRORS } from './wire-errors.ts'

/**
 * Names the key that pays for a request (`key-1`: the first one that was used; keys themselves are not shown), or
 * answers 401. Without `accepted`, any key that is not empty is good.
 */
export function createKeyring(accepted?: readonly string[]): (question: Question) => string | Answer {
  const names = new Map<string, string>()
  return ({ headers, query }) => {
    const [header] = [headers.api_key].flat()
    const key = header ?? query.get('api_key') ?? ''
    if (key === '' || (accepted && !accepted.includes(key))) return WIRE_ERRORS.badKey()
    const name = names.get(key) ?? `key-${names.size + 1}`
    names.set(key, name)
    return name
  }
}
