import type { Answer } from '../core/answer.ts'
import { WIRE_ERRORS } from './wire-errors.ts'

export interface RangeQuery {
  readonly startTime: number | undefined
  readonly endTime: number | undefined
  readonly limit: number
}

const isAnswer = (value: unknown): value is Answer => typeof value === 'object'

/** `startTime`, `endTime` and `limit`, or the answer that a wrong one gets. */
export function readRange(
  query: URLSearchParams,
  limits: { fallback: number; max: number },
): RangeQuery | Answer {
  const startTime = readWhole(query, 'startTime')
  if (isAnswer(startTime)) return startTime
  const endTime = readWhole(query, 'endTime')
  if (isAnswer(endTime)) return endTime
  const limit = readWhole(query, 'limit')
  if (isAnswer(limit)) return limit
  if (limit !== undefined && (limit < 1 || limit > limits.max)) return WIRE_ERRORS.badValue('limit')
  if (startTime !== undefined && endTime !== undefined && startTime > endTime)
    return WIRE_ERRORS.startAfterEnd()
  return { startTime, endTime, limit: limit ?? limits.fallback }
}

function readWhole(query: URLSearchParams, name: string): number | undefined | Answer {
  const text = query.get(name)
  if (text === null) return undefined
  if (text === '') return WIRE_ERRORS.missing(name)
  return /^\d{1,20}$/.test(text) ? Number(text) : WIRE_ERRORS.illegalCharacters(name)
}
