import { type BucketPage, readBucketPage } from '../../../lib/archive/list-bucket.ts'
import { PayloadError } from '../../../lib/errors.ts'
import type { FilePage, FilePeriod } from '../../../lib/venue/archive.ts'
import { type ApiRequest, type Endpoint, LIST_BYTES } from '../../../lib/venue/request.ts'
import {
  type ArchiveType,
  coveredBy,
  folderOf,
  keyOf,
  kindOfSymbol,
  METRICS_STEP,
  periodAt,
  readKey,
  symbolOfFolder,
} from './layout.ts'
import { FILES } from './limits.ts'

const request = (baseUrl: string, query: ApiRequest['query']): ApiRequest => ({
  baseUrl,
  path: '',
  query: { delimiter: '/', ...query },
  costs: { [FILES]: 1 },
  accept: 'text',
  mostBytes: LIST_BYTES,
})

/** The smallest listing that there is: whether it answers at all. */
export const firstListing = (baseUrl: string): ApiRequest =>
  request(baseUrl, { prefix: 'data/futures/um/', 'max-keys': 1 })

/** The perpetuals that have candles a page of folders at a time. Deliveries and settled ones are left out. */
export function listSymbols(
  baseUrl: string,
  after = '',
): Endpoint<{ readonly symbols: readonly string[]; readonly next: string | undefined }> {
  const prefix = folderOf('klines', 'daily')
  return {
    request: request(baseUrl, after === '' ? { prefix } : { prefix, marker: after }),
    parse(payload) {
      const page = readPage(payload, prefix)
      const symbols = page.prefixes.flatMap((folder) => symbolOfFolder(folder, 'klines', 'daily') ?? [])
      return {
        symbols: symbols.filter((symbol) => kindOfSymbol(symbol) === 'perpetual'),
        next: page.nextMarker,
      }
    },
  }
}

function readPage(payload: unknown, prefix: string): BucketPage {
  const where = `archive listing of ${prefix}`
  if (typeof payload !== 'string') throw new PayloadError(where, 'expected a text', payload)
  const page = readBucketPage(payload, where)
  if (page.prefix !== prefix) throw new PayloadError(where, `is of ${page.prefix}`, payload)
  return page
}

/** The files of one symbol from a time on, a page of at most 1,000 keys, each file beside its checksum. */
export function listFiles(
  baseUrl: string,
  place: { readonly type: ArchiveType; readonly period: FilePeriod; readonly symbol: string },
  from: number,
  after?: string,
): Endpoint<FilePage> {
  const { type, period, symbol } = place
  const prefix = folderOf(type, period, symbol)
  // A day of metrics ends with the first instant of the next.
  const window = periodAt(period, type === 'metrics' ? from - METRICS_STEP : from)
  // What would stand just before the first that is wanted.
  const marker = after ?? keyOf({ type, symbol, period, window }).slice(0, -'.zip'.length)
  return {
    request: request(baseUrl, { prefix, marker }),
    parse(payload) {
      const page = readPage(payload, prefix)
      const files = page.entries.flatMap(({ key, size, etag, lastModified }) => {
        const file = readKey(key)
        if (!file || file.isChecksum) return []
        return {
          key,
          kind: type,
          symbol,
          period,
          window: coveredBy(file),
          size,
          etag,
          modifiedAt: lastModified,
        }
      })
      return { files, next: page.nextMarker }
    },
  }
}
