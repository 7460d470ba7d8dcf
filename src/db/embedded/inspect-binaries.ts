import { realpath } from 'node:fs/promises'
import { lacksLinks, notRunnable, readPackagedVersion, tryBinaries } from './binaries.ts'
import { type Carried, readCarried } from './carried.ts'
import { exists } from './files.ts'
import { type Layout, layoutOf } from './layout.ts'
import { locatePackagedFolder } from './packaged.ts'
import { chooseServerUser } from './server-user.ts'
import { assertUndamaged, folderOf, isWhole } from './unpack.ts'

/** Programs of PostgreSQL, and where the server gets them from. */
export interface FoundBinaries {
  readonly version: string
  /** As they are, as a copy beside the data, or out of this executable. */
  readonly place: 'package' | 'copy' | 'executable'
}

/**
 * The version of the programs that the server would run. Changes nothing: what the first start would copy or unpack is
 * only looked at.
 *
 * @throws ConfigurationError where they are not installed, damaged, or do not run on this machine
 */
export async function inspectBinaries(home: string): Promise<FoundBinaries> {
  const layout = layoutOf(home)
  const carried = readCarried()
  return await (carried ? inspectCarried(layout, carried) : inspectPackaged(layout))
}

async function inspectCarried(layout: Layout, carried: Carried): Promise<FoundBinaries> {
  assertUndamaged(carried)
  const folder = folderOf(layout.cluster, carried)
  if (!(await exists(folder))) return { version: carried.listing.version, place: 'executable' }
  const found = await tryBinaries(folder, await chooseServerUser(layout))
  if (typeof found !== 'string') return { version: found.version, place: 'executable' }
  // What was damaged after it was unpacked is unpacked once more by the next start.
  if (await isWhole(folder, carried)) throw notRunnable(found)
  return { version: carried.listing.version, place: 'executable' }
}

async function inspectPackaged(layout: Layout): Promise<FoundBinaries> {
  const packaged = await realpath(locatePackagedFolder())
  const user = await chooseServerUser(layout)
  const found = await tryBinaries(packaged, user)
  if (typeof found !== 'string') return { version: found.version, place: 'package' }
  const own = user ? await tryBinaries(packaged, undefined) : found
  if (typeof own !== 'string') return { version: own.version, place: 'copy' }
  if (await lacksLinks(packaged)) return { version: await readPackagedVersion(packaged), place: 'copy' }
  throw notRunnable(own)
}
