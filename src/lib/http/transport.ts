import { type Dispatcher, request as send } from 'undici'
import { within } from '../time/within.ts'
import type { Answer, ApiRequest } from './request.ts'

/** No answer of a market-data interface is larger; a larger one is a mistake and must not fill the memory. */
const MAX_BODY_BYTES = 32 * 1024 * 1024

/** The body did not arrive as announced. */
export class BodyError extends Error {}

/**
 * One GET, one answer, no retry: whatever is tried again must be paid for from a budget first.
 * Rejects for everything that is not a complete HTTP answer within `timeoutMs`.
 */
export async function fetchAnswer(
  url: string,
  dispatcher: Dispatcher,
  {
    timeoutMs,
    signal,
    headers: own,
  }: { timeoutMs: number; signal: AbortSignal; headers?: ApiRequest['headers'] },
): Promise<Answer> {
  // The dispatcher's own time-outs are between bytes: an answer that drips for ever needs one over the whole.
  const timeout = AbortSignal.timeout(timeoutMs)
  const end = AbortSignal.any([signal, timeout])
  const sent = send(url, {
    dispatcher,
    signal: end,
    headers: { accept: 'application/json', 'user-agent': 'perpctl', ...own },
  })
  // What still waits for its connection (a proxy that takes it and is mute) does not hear the signal by itself.
  const response = await within(end, sent)
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name.toLowerCase()] = Array.isArray(value) ? value.join(',') : value
  }
  const announced = Number(headers['content-length'] ?? 0)
  if (announced > MAX_BODY_BYTES) {
    response.body.destroy()
    throw new BodyError(`an answer of ${announced} bytes`)
  }
  return { status: response.statusCode, headers, body: await response.body.text() }
}
