import { PayloadError } from '../../../lib/errors.ts'
import { DAY } from '../../../lib/model/window.ts'
import type { FeedMessage } from '../../../lib/venue/feed.ts'
import { readObject, readTime, toTime } from '../../../lib/venue/read-payload.ts'
import { readKline } from './kline.ts'
import { readLiquidation } from './liquidation.ts'
import { isCoinMargined, readText } from './read-event.ts'
import { scanOpenCandle } from './scan-open-candle.ts'

type Fields = Readonly<Record<string, unknown>>

const READERS: Readonly<Record<string, (event: Fields) => FeedMessage>> = {
  kline: readKline,
  forceOrder: readLiquidation,
  markPriceUpdate: readMarkPrice,
  contractInfo: readContract,
}

/** One frame of a connection, with the name of its stream around it or bare (websocket market streams, 2026). */
export const parseFrame = (frame: Buffer): FeedMessage => scanOpenCandle(frame) ?? parseFully(frame)

export function parseFully(frame: Buffer): FeedMessage {
  const text = frame.toString()
  const outer = readObject(parseJson(text), 'frame')
  const payload = typeof outer.stream === 'string' ? outer.data : outer
  // A stream of everything at once: none of those that are subscribed to.
  if (Array.isArray(payload)) return { kind: 'other', eventTime: undefined }
  const event = readObject(payload, 'frame.data')
  if (typeof event.e !== 'string') return readReply(event, text)
  const read = Object.hasOwn(READERS, event.e) ? READERS[event.e] : undefined
  return read ? read(event) : { kind: 'other', eventTime: toTime(event.E) }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new PayloadError('frame', 'is not JSON', text)
  }
}

/** `{"result":…,"id":…}`, or an error, with the id null or missing where the venue could not read the message. */
function readReply(reply: Fields, text: string): FeedMessage {
  const error = reply.error ?? ('code' in reply && 'msg' in reply ? reply : undefined)
  if (error === undefined && !('result' in reply)) {
    throw new PayloadError('frame', 'is neither an event nor a reply', text)
  }
  return {
    kind: 'reply',
    id: typeof reply.id === 'number' && Number.isSafeInteger(reply.id) ? reply.id : null,
    error: error === undefined || error === null ? undefined : describeError(error),
  }
}

function describeError(error: unknown): string {
  const { code, msg } = readObject(error, 'frame.error')
  const told = typeof msg === 'string' ? msg.slice(0, 160) : 'no reason given'
  return typeof code === 'number' ? `${told} (${code})` : told
}

function readMarkPrice(event: Fields): FeedMessage {
  const eventTime = readTime(event.E, 'markPriceUpdate.E')
  const symbol = readText(event.s, 'markPriceUpdate.s')
  if (isCoinMargined(symbol, event.st)) return { kind: 'other', eventTime }
  // What is delivered on a day has no funding: the time is 0.
  if (event.T === 0) return { kind: 'other', eventTime }
  const nextFundingTime = readTime(event.T, 'markPriceUpdate.T')
  // Funding is settled every few hours.
  if (Math.abs(nextFundingTime - eventTime) > DAY)
    throw new PayloadError('markPriceUpdate.T', 'is not of the day around its frame', event)
  return { kind: 'funding', symbol, eventTime, nextFundingTime }
}

function readContract(event: Fields): FeedMessage {
  const eventTime = readTime(event.E, 'contractInfo.E')
  const symbol = readText(event.s, 'contractInfo.s')
  return isCoinMargined(symbol, event.st)
    ? { kind: 'other', eventTime }
    : { kind: 'listing', symbol, eventTime }
}
