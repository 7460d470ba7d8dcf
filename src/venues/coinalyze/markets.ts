import { PayloadError } from '../../lib/errors.ts'
import { readList } from '../../lib/http/read-list.ts'
import type { OddEntry } from '../../lib/venue/listing.ts'
import { type Endpoint, LIST_BYTES } from '../../lib/venue/request.ts'
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
): Endpoint<readonly OddEntry[]> {
  return {
    request: {
      baseUrl: address.baseUrl,
      path: PATH,
      query: {},
      headers: headersOf(address),
      costs: { [CALLS]: 1 },
      mostBytes: LIST_BYTES,
    },
    parse(payload) {
      const { entries, odd } = readList(payload, PATH, 'symbol', (fields) => ({
        name: fields.name('symbol'),
        code: fields.name('exchange'),
        own: fields.name('symbol_on_exchange'),
      }))
      const ours = entries.filter(({ code }) => code === exchange)
      if (ours.length === 0) throw new PayloadError(PATH, `no market of exchange ${exchange}`, payload)
      // Of two that claim one symbol nobody can tell which one it is: the first stands, as in any list.
      for (const { name, own } of ours.toReversed()) names.set(own, name)
      return odd
    },
  }
}
