import { PayloadError } from '../../lib/errors.ts'
import { readObject, readTime } from '../../lib/http/read-payload.ts'
import type { Endpoint } from '../../lib/http/request.ts'
import { isDecimal } from '../../lib/model/decimal.ts'
import type { OpenInterest } from '../../lib/model/market.ts'
import { ceilTo, MINUTE } from '../../lib/model/window.ts'
import { REQUEST_WEIGHT } from './limits.ts'

const PATH = '/fapi/v1/openInterest'

/**
 * Open interest as it is now, in base asset, without its value; weight 1 (market data docs). It holds from the instant it
 * was taken: its row is that of the next minute.
 */
export function createOpenInterestNow(baseUrl: string, symbol: string): Endpoint<OpenInterest> {
  return {
    request: { baseUrl, path: PATH, query: { symbol }, costs: { [REQUEST_WEIGHT]: 1 } },
    parse(payload) {
      const object = readObject(payload, PATH)
      const { openInterest } = object
      if (object.symbol !== symbol) throw new PayloadError(`${PATH}.symbol`, `expected ${symbol}`, payload)
      if (typeof openInterest !== 'string' || !isDecimal(openInterest) || openInterest.startsWith('-'))
        throw new PayloadError(`${PATH}.openInterest`, 'expected a decimal, not negative', payload)
      const sampledAt = readTime(object.time, `${PATH}.time`)
      return { ts: ceilTo(sampledAt, MINUTE), openInterest, openInterestValue: null, sampledAt }
    },
  }
}
