import type { KlineRow } from '../../src/sim/binance/index.ts'
import { CLOSE_TIME, EVENT_TIME, OPEN_TIME } from './frame-block.ts'

/** What the raw feed sends, in the venue's words (websocket market streams, 2026). */
const wrap = (stream: string, data: string): string => `{"stream":"${stream}","data":${data}}`

/** Nothing is settled while a feed lasts. */
const NEXT_FUNDING = Date.UTC(2026, 11, 31)

const FIGURES =
  '"f":8132503391,"L":8132505633,"o":"83896.40","c":"83860.20","h":"83920.00","l":"83860.10","v":"114.602",' +
  '"n":2239,"x":false,"q":"9615538.66780","V":"48.488","Q":"4068722.10360","B":"0"'

/** A minute that is not over. */
export const writeOpen = (symbol: string): string =>
  wrap(
    `${symbol.toLowerCase()}@kline_1m`,
    `{"e":"kline","E":${EVENT_TIME},"s":"${symbol}","k":{"t":${OPEN_TIME},"T":${CLOSE_TIME},"s":"${symbol}","i":"1m",${FIGURES}}}`,
  )

export function writeClosed(symbol: string, row: KlineRow, eventTime: number): string {
  const [openTime, open, high, low, close, volume, closeTime, quote, trades, taker, takerQuote] = row
  return wrap(
    `${symbol.toLowerCase()}@kline_1m`,
    `{"e":"kline","E":${eventTime},"s":"${symbol}","k":{"t":${openTime},"T":${closeTime},"s":"${symbol}","i":"1m",` +
      `"f":1,"L":${trades},"o":"${open}","c":"${close}","h":"${high}","l":"${low}","v":"${volume}","n":${trades},` +
      `"x":true,"q":"${quote}","V":"${taker}","Q":"${takerQuote}","B":"0"}}`,
  )
}

export const writeMark = (symbol: string): string =>
  wrap(
    `${symbol.toLowerCase()}@markPrice`,
    `{"e":"markPriceUpdate","E":${EVENT_TIME},"s":"${symbol}","p":"11794.15000000","ap":"11794.15000000",` +
      `"P":"11784.25641265","i":"11784.62659091","r":"0.00038167","T":${NEXT_FUNDING},"st":1}`,
  )

export interface RawOrder {
  readonly symbol: string
  readonly time: number
  readonly side: 'BUY' | 'SELL'
  readonly price: string
  readonly quantity: string
}

export function writeOrder({ symbol, time, side, price, quantity }: RawOrder): string {
  const order = { s: symbol, S: side, o: 'LIMIT', f: 'IOC', q: quantity, p: price, ap: price }
  const filled = { X: 'FILLED', l: quantity, z: quantity, T: time, ps: symbol, st: 1 }
  return wrap('!forceOrder@arr', JSON.stringify({ e: 'forceOrder', E: time, o: { ...order, ...filled } }))
}
