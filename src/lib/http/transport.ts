import { type Dispatcher, request as send } from 'undici'
import { PayloadError } from '../errors.ts'
import { formatBytes } from '../text/bytes.ts'
import { within } from '../time/within.ts'
import type { Answer, ApiRequest } from '../venue/request.ts'

/** Five times what the largest page has. Many are under way at once: each may fill as much of the memory. */
const PAGE_BYTES = 1_000_000

const JSON_TYPE = 'application/json'

type Body = Dispatcher.ResponseData['body']

/**
 * One request, one answer, no retry: whatever is tried again must be paid for from a budget first.
 * Rejects for everything that is not a complete HTTP answer within `timeoutMs`, and with a `PayloadError` for one that
 * is too large, whatever it announces: what comes is counted, and cut off at the limit.
 */
export async function fetchAnswer(
  url: string,
  dispatcher: Dispatcher,
  { timeoutMs, signal, headers: own, body, mostBytes = PAGE_BYTES, accept = 'json' }: FetchNeeds,
): Promise<Answer> {
  // The dispatcher's own time-outs are between bytes: an answer that drips for ever needs one over the whole.
  const timeout = AbortSignal.timeout(timeoutMs)
  const end = AbortSignal.any([signal, timeout])
  const sent = send(url, {
    dispatcher,
    signal: end,
    headers: {
      accept: accept === 'json' ? JSON_TYPE : '*/*',
      'user-agent': 'perpctl',
      ...(body && { 'content-type': JSON_TYPE }),
      ...own,
    },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  })
  // What still waits for its connection (a proxy that takes it and is mute) does not hear the signal by itself.
  const response = await within(end, sent)
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name.toLowerCase()] = Array.isArray(value) ? value.join(',') : value
  }
  const bytes = await readBody(response.body, mostBytes)
  if (bytes === undefined) {
    const problem = `an answer of more than ${formatBytes(mostBytes)}`
    throw new PayloadError(new URL(url).pathname, problem, undefined)
  }
  const { statusCode: status } = response
  if (accept === 'bytes' && status === 200) return { status, headers, body: '', bytes }
  return { status, headers, body: decode(bytes) }
}

interface FetchNeeds extends Pick<ApiRequest, 'headers' | 'body' | 'mostBytes' | 'accept'> {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Undefined where there are more bytes than that; then the connection is cut. */
function readBody(body: Body, most: number): Promise<Buffer | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>()
  const parts: Buffer[] = []
  let size = 0
  body.on('data', (part: Buffer) => {
    size += part.byteLength
    if (size <= most) {
      parts.push(part)
      return
    }
    parts.length = 0
    resolve(undefined)
    body.destroy()
  })
  body.once('end', () => resolve(Buffer.concat(parts, size)))
  body.once('error', reject)
  return promise
}

/** Without the mark of a byte order, which JSON does not know. */
const decode = (bytes: Buffer): string =>
  bytes.toString('utf8', bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0)
