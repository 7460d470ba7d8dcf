import { PayloadError } from '../../../lib/errors.ts'
import type { FeedMessage } from '../../../lib/feed.ts'
import { readObject, readTime } from '../../../lib/http/read-payload.ts'
import { findFault } from '../../../lib/model/candle-rules.ts'
import type { Candle } from '../../../lib/model/market.ts'
import { MINUTE } from '../../../lib/model/window.ts'
import { readText } from './read-event.ts'

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
  const openTime = readTime(bar.t, 'kline.k.t')
  if (openTime % MINUTE !== 0) throw new PayloadError('kline.k.t', 'open time is not on the minute', bar)
  if (typeof bar.x !== 'boolean') throw new PayloadError('kline.k.x', 'expected true or false', bar)
  return {
    kind: 'candle',
    symbol,
    eventTime,
    openTime,
    candle: bar.x ? readCandle(openTime, bar) : undefined,
  }
}

function readCandle(ts: number, bar: Fields): Candle {
  const text = (name: string): string => {
    const value = bar[name]
    return typeof value === 'string' ? value : String(value)
  }
  const candle: Candle = {
    ts,
    open: text('o'),
    high: text('h'),
    low: text('l'),
    close: text('c'),
    volume: text('v'),
    quoteVolume: text('q'),
    // What is not a number would become 0 or 1: the fault is to be seen.
    trades: typeof bar.n === 'number' ? bar.n : Number.NaN,
    takerBuyVolume: text('V'),
    takerBuyQuoteVolume: text('Q'),
  }
  const fault = findFault(candle)
  if (fault !== undefined) throw new PayloadError('kline.k', fault, bar)
  return candle
}
