import { PayloadError } from '../../lib/errors.ts'
import { EntryFields } from '../../lib/http/entry-fields.ts'
import type { OpenInterest } from '../../lib/model/market.ts'
import { ceilTo, DAY, MINUTE } from '../../lib/model/window.ts'
import type { Endpoint } from '../../lib/venue/request.ts'
import { REQUEST_WEIGHT } from './limits.ts'

const PATH = '/fapi/v1/openInterest'

/**
 * Open interest as it is now, in base asset, without its value; weight 1 (market data docs). It holds from the instant it
 * was taken: its row is that of the next minute. One that was taken a day before the venue's `now`, or later than it, is
 * of no time that can be.
 */
export function createOpenInterestNow(baseUrl: string, symbol: string, now: number): Endpoint<OpenInterest> {
  return {
    request: { baseUrl, path: PATH, subject: symbol, query: { symbol }, costs: { [REQUEST_WEIGHT]: 1 } },
    keepsDigits: true,
    parse(payload) {
      const fields = new EntryFields(payload)
      if (fields.name('symbol') !== symbol) fields.refuse(`is not of ${symbol}`)
      const openInterest = fields.decimal('openInterest', 'not negative')
      const sampledAt = fields.time('time') ?? now
      if (sampledAt < now - DAY || sampledAt > now + MINUTE) fields.refuse('time is not of today')
      if (fields.fault !== undefined) throw new PayloadError(PATH, fields.fault, payload)
      return { ts: ceilTo(sampledAt, MINUTE), openInterest, openInterestValue: null, sampledAt }
    },
  }
}
