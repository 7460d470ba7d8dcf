import { readlink, realpath, symlink } from 'node:fs/promises'
import { ConfigurationError } from '../../lib/errors.ts'
import { exists, makeFolder, systemCodeOf, touchPrivateFile } from './files.ts'
import { clusterOutsideHome, type Layout } from './layout.ts'
import type { ServerUser } from './program.ts'
import { canEnter } from './server-user.ts'

/** Makes the home and the file that its lock is taken on. */
export async function prepareHome(layout: Layout): Promise<void> {
  await makeFolder(layout.home)
  await touchPrivateFile(layout.lockFile)
}

async function readLink(path: string): Promise<string | undefined> {
  try {
    return await readlink(path)
  } catch (error) {
    if (['ENOENT', 'EINVAL', 'UNKNOWN'].includes(systemCodeOf(error))) return undefined
    throw error
  }
}

async function makeCluster(layout: Layout, user: ServerUser | undefined): Promise<void> {
  const linked = await readLink(layout.cluster)
  if (linked !== undefined) return await makeFolder(linked)
  if (await canEnter(user, layout.home)) return await makeFolder(layout.cluster)
  const outside = clusterOutsideHome(layout.home)
  await makeFolder(outside)
  await symlink(outside, layout.cluster)
}

/**
 * Makes the folder that holds the data. Where the server's user cannot enter the home (that of root is closed to all
 * others), the folder lies outside and the home holds a link to it. Called under the lock.
 */
export async function prepareCluster(layout: Layout, user: ServerUser | undefined): Promise<void> {
  if (!(await exists(layout.cluster))) await makeCluster(layout, user)
  const cluster = await realpath(layout.cluster)
  if (user === undefined || (await canEnter(user, cluster))) return
  throw new ConfigurationError(`the user ${user.name}, as whom PostgreSQL runs, cannot enter ${cluster}`, {
    hint: 'open the folders above it to all (chmod o+x), set PERPCTL_HOME to another folder, or set DATABASE_URL',
  })
}
