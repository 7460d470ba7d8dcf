import { chmod, chown, mkdir, open, readdir, rename, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ConfigurationError, DatabaseError } from '../../lib/errors.ts'

const DENIED = ['EACCES', 'EPERM', 'EROFS']
const NOT_A_FOLDER = ['ENOTDIR', 'EEXIST', 'ENOENT']

export const isRoot = (): boolean => process.getuid?.() === 0

export function systemCodeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** What a file operation in the home threw, in words for the user. */
export function toHomeError(cause: unknown, home: string): unknown {
  const code = systemCodeOf(cause)
  const hint = 'set PERPCTL_HOME to a folder that you may write, or DATABASE_URL to a PostgreSQL of your own'
  // About a program, not about the home.
  if (cause instanceof Error && 'syscall' in cause && String(cause.syscall).startsWith('spawn')) {
    return new ConfigurationError(
      `a program that the embedded PostgreSQL needs cannot be started: ${cause.message}`,
      {
        cause,
        hint: 'install it, or set DATABASE_URL to a PostgreSQL of your own',
      },
    )
  }
  if (DENIED.includes(code)) {
    return new ConfigurationError(`the folder ${home} (PERPCTL_HOME) is not yours to read and write`, {
      cause,
      hint,
    })
  }
  if (NOT_A_FOLDER.includes(code)) {
    return new ConfigurationError(`${home} (PERPCTL_HOME) cannot be made a folder`, {
      cause,
      hint,
    })
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const room = 'free disk space, or set PERPCTL_HOME to a folder on another disk'
    return new DatabaseError(`no disk space left for the embedded PostgreSQL in ${home}`, {
      cause,
      hint: room,
    })
  }
  return cause
}

/** root works in the home of another user, too: what it makes there must stay usable for that user. */
async function giveToOwnerOf(folder: string, path: string): Promise<void> {
  if (!isRoot()) return
  const { uid, gid } = await stat(folder)
  if (uid !== 0) await chown(path, uid, gid)
}

/** Replaces the file as a whole: a reader never sees a half of it. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${process.pid}.new`
  await writeFile(unfinished, text, { mode: 0o600, flush: true })
  await giveToOwnerOf(dirname(path), unfinished)
  await rename(unfinished, path)
}

async function makeOneFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST' && (await stat(path)).isDirectory()) return
    throw error
  }
  if (!isRoot()) return
  // As root the server runs as another user, who must be able to pass through, but not to look.
  await chmod(path, 0o711)
  await giveToOwnerOf(dirname(path), path)
}

/** With all folders above it. Not with mkdir's own `recursive`, which never returns where nothing can be made (/proc). */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeOneFolder(path)
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolder(dirname(path))
    await makeOneFolder(path)
  }
}

/** Makes the file if it is missing. */
export async function touchPrivateFile(path: string): Promise<void> {
  const file = await open(path, 'a', 0o600)
  await file.close()
  await giveToOwnerOf(dirname(path), path)
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error))) return false
    throw error
  }
}

/** Programs and libraries for whoever runs them; whatever is in a folder `bin` is a program. */
export async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue
    const isProgram = entry.isDirectory() || basename(entry.parentPath) === 'bin'
    await chmod(join(entry.parentPath, entry.name), isProgram ? 0o755 : 0o644)
  }
}
