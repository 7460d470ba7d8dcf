import { PayloadError } from '../../../lib/errors.ts'
import { findFault } from '../../../lib/model/candle-rules.ts'
import type { Candle } from '../../../lib/model/market.ts'
import { MINUTE } from '../../../lib/model/window.ts'
import type { FeedMessage } from '../../../lib/venue/feed.ts'
import { readObject, readTime } from '../../../lib/venue/read-payload.ts'
import { readPastTime, readPrice, readText } from './read-event.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * `V` and `Q` are what takers bought, `x` says whether the minute is over. A closed candle that breaks a rule of candles
 * is refused: its minute stays a gap, for the history to tell.
 */
export function readKline(event: Fields): FeedMessage {
  const eventTime = readTime(event.E, 'kline.E')
  const symbol = readText(event.s, 'kline.s')
  const bar = readObject(event.k, 'kline.k')
  if (bar.s !== symbol) throw new PayloadError('kline.k.s', `expected ${symbol}`, bar.s)
  if (bar.i !== '1m') return { kind: 'other', eventTime }
  const openTime = readPastTime(bar.t, eventTime, 'kline.k.t')
  if (openTime % MINUTE !== 0) throw new PayloadError('kline.k.t', 'open time is not on the minute', bar)
  if (bar.T !== openTime + MINUTE - 1)
    throw new PayloadError('kline.k.T', 'is not the end of the minute', bar)
  if (typeof bar.x !== 'boolean') throw new PayloadError('kline.k.x', 'expected true or false', bar)
  const candle = bar.x ? readCandle(openTime, bar) : undefined
  return { kind: 'candle', symbol, eventTime, openTime, candle, price: readPrice(bar.c) }
}

const TEXTS = ['o', 'h', 'l', 'c', 'v', 'q', 'V', 'Q'] as const

function readCandle(ts: number, bar: Fields): Candle {
  const texts: Record<(typeof TEXTS)[number], string> = {
    o: '',
    h: '',
    l: '',
    c: '',
    v: '',
    q: '',
    V: '',
    Q: '',
  }
  for (const name of TEXTS) {
    const value = bar[name]
    if (typeof value !== 'string') throw new PayloadError(`kline.k.${name}`, 'expected a text', bar)
    texts[name] = value
  }
  if (typeof bar.n !== 'number') throw new PayloadError('kline.k.n', 'expected a number', bar)
  const candle: Candle = {
    ts,
    open: texts.o,
    high: texts.h,
    low: texts.l,
    close: texts.c,
    volume: texts.v,
    quoteVolume: texts.q,
    trades: bar.n,
    takerBuyVolume: texts.V,
    takerBuyQuoteVolume: texts.Q,
  }
  const fault = findFault(candle)
  if (fault !== undefined) throw new PayloadError('kline.k', fault, bar)
  return candle
}
