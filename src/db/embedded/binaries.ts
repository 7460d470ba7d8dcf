import { cp, mkdtemp, readFile, realpath, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { ConfigurationError } from '../../lib/errors.ts'
import { readCarried } from './carried.ts'
import { exists, openToAll, systemCodeOf } from './files.ts'
import type { Layout } from './layout.ts'
import { locatePackagedFolder, OWN_DATABASE } from './packaged.ts'
import { runProgram, type ServerUser, toSpawnError } from './program.ts'
import { unpackOnce } from './unpack.ts'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** `18.4` */
  readonly version: string
}

const SUFFIX = process.platform === 'win32' ? '.exe' : ''

const programIn = (folder: string, name: string): string => join(folder, 'bin', `${name}${SUFFIX}`)

/** The version that the server tells of itself when the user runs it, or why it cannot be run. */
export async function tryBinaries(folder: string, user: ServerUser | undefined): Promise<Binaries | string> {
  const postgres = programIn(folder, 'postgres')
  try {
    const { output } = await runProgram(postgres, ['--version'], { user })
    const version = /\(PostgreSQL\) (\S+)/.exec(output)?.[1]
    return version === undefined ? output.trim() : { initdb: programIn(folder, 'initdb'), postgres, version }
  } catch (error) {
    if (systemCodeOf(error) === 'EPERM') throw toSpawnError(error, postgres, user)
    return error instanceof Error ? error.message : String(error)
  }
}

interface Link {
  readonly source: string
  readonly target: string
}

/** The package cannot hold links; a script makes them when it is installed, unless scripts are off. */
async function addLinks(folder: string): Promise<void> {
  const list = join(folder, 'pg-symlinks.json')
  if (!(await exists(list))) return
  const links: readonly Link[] = JSON.parse(await readFile(list, 'utf8'))
  for (const { source, target } of links) {
    const path = join(folder, '..', target)
    if (!(await exists(path))) await symlink(relative(dirname(target), source), path)
  }
}

export async function lacksLinks(folder: string): Promise<boolean> {
  const list = join(folder, 'pg-symlinks.json')
  if (!(await exists(list))) return false
  const links: readonly Link[] = JSON.parse(await readFile(list, 'utf8'))
  const found = await Promise.all(links.map(({ target }) => exists(join(folder, '..', target))))
  return found.includes(false)
}

async function copyBinaries(source: string, target: string): Promise<void> {
  const work = await mkdtemp(`${target}-`)
  // The links are listed relative to the folder above, by the name `native`.
  const copy = join(work, 'native')
  try {
    await cp(source, copy, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('.a'),
    })
    await addLinks(copy)
    await openToAll(copy)
    await rename(copy, target)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** The packaged programs, or a copy beside the data where the package lies in a folder that is closed to the user. */
async function findPackaged(cluster: string, user: ServerUser | undefined): Promise<Binaries | string> {
  const packaged = await realpath(locatePackagedFolder())
  const found = await tryBinaries(packaged, user)
  if (typeof found !== 'string') return found
  const copy = join(cluster, `native-${await readPackagedVersion(packaged)}`)
  if (!(await exists(copy))) await copyBinaries(packaged, copy)
  return await tryBinaries(copy, user)
}

/**
 * Programs that the server's user can run: those inside this executable, unpacked beside the data, or those of the
 * package. Called under the lock, while no server runs.
 */
export async function findBinaries(
  layout: Layout,
  user: ServerUser | undefined,
  note: (message: string) => void,
): Promise<Binaries> {
  const cluster = await realpath(layout.cluster)
  const carried = readCarried()
  const found = carried
    ? await tryBinaries(await unpackOnce(cluster, carried, note), user)
    : await findPackaged(cluster, user)
  if (typeof found !== 'string') return found
  throw notRunnable(found)
}

/** Where EACCES is the reason, the home is often on a file system that is mounted so. */
export const notRunnable = (reason: string): ConfigurationError =>
  new ConfigurationError(`the embedded PostgreSQL does not run on this machine: ${reason}`, {
    hint: /EACCES/.test(reason)
      ? `set PERPCTL_HOME to a folder on a file system that runs programs (not noexec), or ${OWN_DATABASE}`
      : OWN_DATABASE,
  })

export async function readPackagedVersion(packaged: string): Promise<string> {
  const { version }: { version: string } = JSON.parse(
    await readFile(join(packaged, '..', 'package.json'), 'utf8'),
  )
  return version
}
