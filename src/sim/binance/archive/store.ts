import { createHash } from 'node:crypto'
import type { ArchiveFile, Catalogue } from './catalogue.ts'
import { type DefectRule, oldVersionOf, spoilLines } from './defects.ts'
import { breakCrc, packZip } from './zip.ts'

/** What lies under a key. */
export interface StoredObject {
  readonly key: string
  readonly size: number
  /** In quotes, as headers tell it. */
  readonly etag: string
  readonly modifiedAt: number
  readonly contentType: string
  /** Kinds of the defects that it has. */
  readonly defects: readonly string[]
  /** Makes the bytes. */
  read(): Buffer
}

const CHECKSUM = '.CHECKSUM'
const HASH_CHARACTERS = 64
/** Of a file without rows, its headers and what empty blocks need. */
const BASE_BYTES = 640
/** The file that was replaced was so much smaller. */
const OLD_VERSION_BYTES = 37
const KEPT_BYTES = 32_000_000
const TIMES_DOUBLED = 2
const STRAY_KEY = /\/(part-00000-[0-9a-f]{8}-c000\.zip)$/
const STRAY_BYTES = 400

/** The objects of the archive. None is kept for long: files are made when they are asked for, those used last stay. */
export class ObjectStore {
  readonly #catalogue: Catalogue
  readonly #seed: string
  readonly #zips = new Map<string, Buffer>()
  #bytes = 0

  constructor(catalogue: Catalogue, seed: string) {
    this.#catalogue = catalogue
    this.#seed = seed
  }

  /** The zip or the checksum of a key at that time. */
  find(key: string, now: number): StoredObject | undefined {
    const isChecksum = key.endsWith(CHECKSUM)
    const file = this.#catalogue.find(isChecksum ? key.slice(0, -CHECKSUM.length) : key, now)
    if (!file) return undefined
    return isChecksum ? this.checksum(file, now) : this.zip(file, now)
  }

  zip(file: ArchiveFile, now: number): StoredObject {
    const version = versionOf(file, this.#catalogue.lenderOf(file), now)
    return {
      key: file.key,
      size: version.size,
      etag: this.#etag(file.key, version.tag),
      modifiedAt: version.modifiedAt,
      contentType: 'application/zip',
      defects: [...new Set(version.rules.map(({ kind }) => kind))],
      read: () => this.#zipOf(file, version),
    }
  }

  checksum(file: ArchiveFile, now: number): StoredObject {
    const version = versionOf(file, this.#catalogue.lenderOf(file), now)
    const key = `${file.key}${CHECKSUM}`
    return {
      key,
      size: HASH_CHARACTERS + 2 + Buffer.byteLength(file.name),
      etag: this.#etag(key, version.tag),
      modifiedAt: version.modifiedAt,
      contentType: 'binary/octet-stream',
      defects: [],
      read: () => {
        const hash = createHash('sha256').update(this.#zipOf(file, version)).digest('hex')
        return Buffer.from(`${hash}  ${file.name}`)
      },
    }
  }

  /** A key that nobody meant to publish. */
  stray(folder: string, modifiedAt: number): StoredObject {
    const hash = createHash('md5').update(folder).digest('hex')
    const name = `part-00000-${hash.slice(0, 8)}-c000.zip`
    return {
      key: `${folder}${name}`,
      size: STRAY_BYTES,
      etag: `"${hash}"`,
      modifiedAt,
      contentType: 'application/zip',
      defects: ['archive-stray'],
      read: () => packZip(name.replace('.zip', '.csv'), Buffer.from('0\n'), STRAY_BYTES),
    }
  }

  /** Not the sum of the bytes, which would have to be made, but another one for each version of each file. */
  #etag(key: string, tag: string): string {
    return `"${createHash('md5').update(`${this.#seed}:${key}:${tag}`).digest('hex')}"`
  }

  #zipOf(file: ArchiveFile, version: Version): Buffer {
    const name = `${file.key} ${version.tag}`
    const known = this.#zips.get(name)
    const zip = known ?? this.#make(file, version)
    // Taken out and put in again: the first of a Map is then the one unused longest.
    if (known) this.#zips.delete(name)
    else this.#bytes += zip.byteLength
    this.#zips.set(name, zip)
    for (const [oldest, { byteLength }] of this.#zips) {
      if (this.#bytes <= KEPT_BYTES || oldest === name) break
      this.#zips.delete(oldest)
      this.#bytes -= byteLength
    }
    return zip
  }

  #make(file: ArchiveFile, version: Version): Buffer {
    const body = this.#rowsOf(file, version)
    const header = hasHeader(file) ? Buffer.from(`${file.folder.dataSet.header}\n`) : Buffer.alloc(0)
    const member = file.name.replace('.zip', '.csv')
    const zip = packZip(member, Buffer.concat([header, body]), version.size)
    return version.rules.some(({ kind }) => kind === 'archive-bad-crc') ? breakCrc(zip) : zip
  }

  #rowsOf(file: ArchiveFile, { rules, lender, modifiedAt }: Version): Buffer {
    const body = readRows(file, modifiedAt)
    if (rules.length === 0 && !lender) return body
    const borrowed = lender ? linesOf(readRows(lender, lender.publishedAt)).slice(0, 1) : []
    const isOfMetrics = file.folder.dataSet.name === 'metrics'
    const lines = spoilLines(linesOf(body), rules, { isOfMetrics, borrowed })
    return Buffer.from(lines.map((line) => `${line}\n`).join(''))
  }
}

/** Whether a key is that of a file that `stray` makes, and of which folder. */
export function strayFolderOf(key: string): string | undefined {
  const [, name = ''] = STRAY_KEY.exec(key) ?? []
  return name === '' ? undefined : key.slice(0, -name.length)
}

const linesOf = (body: Buffer): string[] => body.toString().split('\n').slice(0, -1)

const readRows = ({ folder, window, period, symbol }: ArchiveFile, asOf: number): Buffer => {
  // Metrics go by whole days, candles by what the symbol lived of them.
  const range = folder.dataSet.name === 'metrics' ? period.window : window
  return folder.dataSet.read(symbol, range, Math.max(asOf, period.window.to + SETTLED_MS))
}

/** What happened in a period is known so long after it, whenever its file comes out. */
const SETTLED_MS = 3_600_000

function hasHeader({ folder: { dataSet, frequency }, period }: ArchiveFile): boolean {
  const since = dataSet.headerSince?.[frequency]
  return since === undefined || period.window.from >= since
}

/** One of the contents that a file has in the course of time. */
interface Version {
  readonly rules: readonly DefectRule[]
  /** The file whose first row lies in this one. */
  readonly lender: ArchiveFile | undefined
  readonly modifiedAt: number
  readonly size: number
  /** Tells versions apart. */
  readonly tag: string
}

function versionOf(
  { folder, symbol, window, publishedAt, defects }: ArchiveFile,
  lender: ArchiveFile | undefined,
  now: number,
): Version {
  const replacing = defects.find(({ kind }) => kind === 'archive-replaced')
  const isOld = replacing?.at !== undefined && now < replacing.at
  const isNew = replacing?.at !== undefined && now >= replacing.at
  const others = defects.filter(({ kind }) => kind !== 'archive-replaced' && kind !== 'archive-stray')
  const rules = replacing && isOld ? [...others, oldVersionOf(replacing)] : others
  const modifiedAt = isNew ? (replacing.at ?? publishedAt) : publishedAt
  const factor = rules.some(({ kind }) => kind === 'archive-doubled') ? TIMES_DOUBLED : 1
  const rows = folder.dataSet.countRows(symbol, window) * factor
  const size = BASE_BYTES + rows * folder.dataSet.bytesPerRow - (isOld ? OLD_VERSION_BYTES : 0)
  return {
    rules,
    lender,
    modifiedAt,
    size,
    tag: `${modifiedAt} ${JSON.stringify(rules)} ${lender?.key ?? ''}`,
  }
}
