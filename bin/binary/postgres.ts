import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { constants, zstdCompressSync } from 'node:zlib'
import type { Listing } from '../../src/db/embedded/carried.ts'
import { CACHE } from './paths.ts'

/** What is there to compile programs with, and client libraries that the server does not load. */
const NEEDLESS = /\.(?:a|lib|h|pdb)$|\/(?:pkgconfig|pgxs|include)\/|\/lib(?:ecpg|pgtypes)[^/]*$/

const PARAMS = {
  [constants.ZSTD_c_compressionLevel]: 19,
  [constants.ZSTD_c_windowLog]: 27,
  [constants.ZSTD_c_enableLongDistanceMatching]: 1,
}

interface Link {
  readonly source: string
  readonly target: string
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** The same bytes for the same package, whenever and wherever: sorted by path, without times and owners. */
export function packPostgres(folder: string): { bytes: Uint8Array; listing: Listing } {
  const native = join(folder, 'native')
  const { version }: { version: string } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const names = readdirSync(native, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(native, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((name) => !NEEDLESS.test(`/${name}`) && name !== 'pg-symlinks.json')
    .toSorted()
  const contents = names.map((name) => readFileSync(join(native, name)))
  const bytes = compress(Buffer.concat(contents))
  const files = contents.map((content, at) => ({
    path: names[at] ?? '',
    size: content.length,
    sha256: hashOf(content),
  }))
  return { bytes, listing: { version, sha256: hashOf(bytes), files, links: readLinks(native) } }
}

/** The package lists its links, as an archive of npm cannot hold them. */
function readLinks(native: string): Listing['links'] {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return []
  const links: readonly Link[] = JSON.parse(readFileSync(list, 'utf8'))
  return links
    .filter(({ source }) => !NEEDLESS.test(`/${source}`))
    .map(({ source, target }) => ({
      path: target.replace('native/', ''),
      target: relative(dirname(target), source).split(sep).join('/'),
    }))
}

/** Half a minute of work, done once. */
function compress(contents: Buffer): Uint8Array {
  const known = join(CACHE, `postgres-${hashOf(contents).slice(0, 32)}.zst`)
  if (existsSync(known)) return readFileSync(known)
  const bytes = zstdCompressSync(contents, { params: PARAMS })
  mkdirSync(CACHE, { recursive: true })
  writeFileSync(known, bytes)
  return bytes
}
