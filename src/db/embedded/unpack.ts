import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { constants, zstdDecompress } from 'node:zlib'
import { ConfigurationError } from '../../lib/errors.ts'
import type { Carried, Listing } from './carried.ts'
import { exists, openToAll } from './files.ts'

const MEGABYTE = 1e6
const PREFIX = 'native-'
/** Frames are made with this window; without it the decoder refuses more than 8 MB. */
const WINDOW_LOG = 27

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/**
 * Unpacks PostgreSQL into `cluster`, unless it is there whole, and returns its folder. Every file is compared with its
 * checksum, also on later starts: what a full disk, a power cut or a clean-up has damaged is made anew. Called under the
 * lock of the home, while no server runs.
 */
export async function unpackOnce(
  cluster: string,
  carried: Carried,
  note: (message: string) => void,
): Promise<string> {
  const { listing } = carried
  const target = folderOf(cluster, carried)
  const isThere = await exists(target)
  if (isThere && (await isWhole(target, carried))) return target
  const size = listing.files.reduce((sum, file) => sum + file.size, 0)
  const what = `unpacking the embedded PostgreSQL (${Math.round(size / MEGABYTE)} MB)`
  note(isThere ? `${what} once more: ${target} was damaged` : what)
  const contents = await decompress(carried, size)
  const work = await mkdtemp(`${target}-`)
  try {
    await write(work, contents, listing)
    await rm(target, { recursive: true, force: true })
    await rename(work, target)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  await removeOthers(cluster, target)
  return target
}

/** Where it is unpacked to. */
export const folderOf = (cluster: string, { listing }: Carried): string =>
  join(cluster, `${PREFIX}${listing.version}-${listing.sha256.slice(0, 8)}`)

/** @throws ConfigurationError */
export function assertUndamaged({ bytes, listing }: Carried): void {
  if (hashOf(bytes) !== listing.sha256) throw damaged('the PostgreSQL inside this executable')
}

const damaged = (what: string): ConfigurationError =>
  new ConfigurationError(`${what} is damaged`, { hint: 'get the file again, and compare its checksum' })

async function decompress(carried: Carried, size: number): Promise<Buffer> {
  assertUndamaged(carried)
  const params = { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG }
  const contents = await promisify(zstdDecompress)(carried.bytes, { params })
  if (contents.length !== size) throw damaged('the PostgreSQL inside this executable')
  return contents
}

async function write(folder: string, contents: Buffer, { files, links }: Listing): Promise<void> {
  let offset = 0
  for (const { path, size, sha256 } of files) {
    const part = contents.subarray(offset, offset + size)
    offset += size
    if (hashOf(part) !== sha256) throw damaged(`${path} of the PostgreSQL inside this executable`)
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), part)
  }
  for (const { path, target } of links) await symlink(target, join(folder, path))
  await openToAll(folder)
}

/** Every file is there as it was packed. */
export async function isWhole(folder: string, { listing }: Carried): Promise<boolean> {
  const { files, links } = listing
  try {
    for (const { path, sha256 } of files) {
      if (hashOf(await readFile(join(folder, path))) !== sha256) return false
    }
    for (const { path, target } of links) if ((await readlink(join(folder, path))) !== target) return false
    return true
  } catch {
    // Missing or not readable: whatever the reason, it is made anew, and that tells what is wrong.
    return false
  }
}

/** Of earlier versions, and what a killed process has begun: nobody else is at work under the lock. */
async function removeOthers(cluster: string, target: string): Promise<void> {
  for (const name of await readdir(cluster)) {
    const path = join(cluster, name)
    if (name.startsWith(PREFIX) && path !== target) await rm(path, { recursive: true, force: true })
  }
}
