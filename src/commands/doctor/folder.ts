import { mkdtemp, rmdir, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { formatBytes } from '../../lib/text/bytes.ts'

/** With less nothing can be relied on; with less than the other the end is near. */
const TOO_LITTLE = 200_000_000
const LITTLE = 2_000_000_000

/** The path itself, or the nearest one above it that is there. */
export async function findExisting(path: string): Promise<string> {
  try {
    await stat(path)
    return path
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if ((code !== 'ENOENT' && code !== 'ENOTDIR') || dirname(path) === path) throw error
    return await findExisting(dirname(path))
  }
}

/** Makes something in the folder and takes it away again: mode bits tell little to root and on a read-only disk. */
export async function tryToWrite(folder: string): Promise<void> {
  await rmdir(await mkdtemp(join(folder, '.perpctl-doctor-')))
}

export interface Space {
  readonly freeBytes: number
  readonly status: 'ok' | 'warning' | 'failed'
  /** `48.1 GB free`. */
  readonly text: string
}

/** What is free on the disk of a folder that is there. */
export async function measureSpace(folder: string): Promise<Space> {
  const { bavail, bsize } = await statfs(folder)
  const freeBytes = bavail * bsize
  const status = freeBytes < TOO_LITTLE ? 'failed' : freeBytes < LITTLE ? 'warning' : 'ok'
  return { freeBytes, status, text: `${status === 'ok' ? '' : 'only '}${formatBytes(freeBytes)} free` }
}
