import { MINUTE, span, type Window } from '../../lib/model/window.ts'
import type { ApiRequest } from '../../lib/venue/request.ts'
import { KLINES_PAGE, klinesWeight, REQUEST_WEIGHT } from './limits.ts'

/**
 * What all routes of one-minute candles share. `startTime` and `endTime` are both inclusive on the open time; the answer
 * is ascending; `[]` is the answer for a range without data; the last row may still be open (market data docs, 2026).
 */
export const KLINES = {
  name: 'rest',
  shape: 'grid',
  stepMs: MINUTE,
  pageRows: KLINES_PAGE,
  edgeMs: 10 * MINUTE,
} as const

interface KlinesPlace extends Pick<ApiRequest, 'baseUrl' | 'path'> {
  /** How it is asked for a symbol. Default: by `symbol`. */
  nameOf?(symbol: string): Readonly<Record<string, string>>
}

/** The first `limit` candles in a window, by default all of a page. */
export const klinesRequest = (
  place: KlinesPlace,
  symbol: string,
  window: Window,
  limit: number = Math.min(KLINES_PAGE, Math.ceil(span(window) / MINUTE)),
): ApiRequest => ({
  baseUrl: place.baseUrl,
  path: place.path,
  subject: symbol,
  query: {
    ...(place.nameOf?.(symbol) ?? { symbol }),
    interval: '1m',
    startTime: window.from,
    endTime: window.to - 1,
    limit,
  },
  costs: { [REQUEST_WEIGHT]: klinesWeight(limit) },
})

/** Why the times of a row are not those of a minute. */
export function findTimeFault(openTime: number, closeTime: number): string | undefined {
  if (openTime % MINUTE !== 0) return 'open time is not on the minute'
  return closeTime === openTime + MINUTE - 1 ? undefined : 'close time is not the end of the minute'
}
