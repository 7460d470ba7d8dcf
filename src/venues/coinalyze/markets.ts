import { PayloadError } from '../../lib/errors.ts'
import { readArray, readObject } from '../../lib/http/read-payload.ts'
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
      for (const entry of readArray(payload, PATH)) {
        const { exchange: code, symbol, symbol_on_exchange: own } = readObject(entry, `${PATH}[]`)
        if (code === exchange && typeof symbol === 'string' && typeof own === 'string') names.set(own, symbol)
      }
      if (names.size === 0) throw new PayloadError(PATH, `no market of exchange ${exchange}`, payload)
    },
  }
}
