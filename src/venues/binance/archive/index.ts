import { readChecksum } from '../../../lib/archive/checksum.ts'
import { ArchiveFileError } from '../../../lib/archive/file-error.ts'
import { MOST_ZIP_BYTES, openZip } from '../../../lib/archive/zip.ts'
import type { Archive, ArchiveFile } from '../../../lib/venue/archive.ts'
import type { ApiRequest } from '../../../lib/venue/request.ts'
import { createArchiveApi } from './api.ts'
import { KINDS } from './kinds.ts'
import { type ArchiveType, isArchiveType, namesOf, pathOf, readKey } from './layout.ts'
import { FILES } from './limits.ts'
import { listFiles, listSymbols } from './listing.ts'

export interface ArchiveAddress {
  readonly url: string
  readonly listUrl: string
}

/** Binance Vision Dataset Terms 1.0 of 2026-08-26, sections 3.1, 3.4, 4.1 and 4.2. */
const TERMS = {
  version: 'binance-vision 1.0 (2026-08-26)',
  lines: [
    'the archive of data.binance.vision is under the Binance Vision Dataset Terms 1.0 (CC BY-NC-SA 4.0): attribution, share-alike,',
    'no commercial use, no live trading, no redistribution for trade; for research and personal backtests. --source rest does without it',
  ],
} as const

/** The bulk archive of Binance USD-M. */
export function createArchive(address: ArchiveAddress): Archive {
  const request = (path: string, accept: 'text' | 'bytes', mostBytes: number): ApiRequest => ({
    baseUrl: address.url,
    path,
    query: {},
    costs: { [FILES]: 1 },
    accept,
    mostBytes,
  })
  return {
    api: createArchiveApi(address),
    terms: TERMS,
    kinds: KINDS,
    list: ({ kind, period, symbol }, from, after) =>
      listFiles(address.listUrl, { type: typeOf(kind.name), period, symbol }, from, after),
    symbols: (after) => listSymbols(address.listUrl, after),
    checksum: (file) => ({
      request: request(pathOf(`${file.key}.CHECKSUM`), 'text', 10_000),
      parse: (payload) =>
        readChecksum(String(payload), { where: `${file.key}.CHECKSUM`, name: placeOf(file).zip }),
    }),
    download: (file) => ({
      request: request(pathOf(file.key), 'bytes', MOST_ZIP_BYTES),
      parse(payload) {
        if (Buffer.isBuffer(payload)) return payload
        throw new ArchiveFileError(file.key, 'structure', 'came without bytes')
      },
    }),
    open: (bytes, file) => openZip(bytes, { where: file.key, name: placeOf(file).member }).chunks(),
  }
}

function typeOf(name: string): ArchiveType {
  if (isArchiveType(name)) return name
  throw new RangeError(`the archive has no ${name}`)
}

function placeOf({ key }: ArchiveFile): { zip: string; member: string } {
  const file = readKey(key)
  if (!file) throw new RangeError(`${key} is no key of the archive`)
  return namesOf(file)
}
