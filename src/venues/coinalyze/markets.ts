import { PayloadError } from '../../lib/errors.ts'
import type { Endpoint } from '../../lib/http/request.ts'
import { CALLS, type CoinalyzeAddress, headersOf } from './index.ts'

const PATH = '/future-markets'

/**
 * Fills `names` with how Coinalyze calls the symbols of one exchange: its names follow a pattern for most of them and
 * not for all.
 */
export function createMarketsEndpoint(
  address: CoinalyzeAddress,
  exchange: string,
  names: Map<string, string>,
): Endpoint<void> {
  return {
    request: {
      baseUrl: address.baseUrl,
      path: PATH,
      query: {},
      headers: headersOf(address),
      costs: { [CALLS]: 1 },
    },
    parse(payload) {
      if (!Array.isArray(payload)) throw new PayloadError(PATH, 'expected an array', payload)
      for (const entry of payload as readonly unknown[]) {
        if (typeof entry !== 'object' || entry === null) continue
        const { exchange: code, symbol, symbol_on_exchange: own } = entry as Readonly<Record<string, unknown>>
        if (code === exchange && typeof symbol === 'string' && typeof own === 'string') names.set(own, symbol)
      }
      if (names.size === 0)
        throw new PayloadError(PATH, `no market of exchange ${exchange}`, payload.slice(0, 3))
    },
  }
}
