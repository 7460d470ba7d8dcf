import { readFile, stat } from 'node:fs/promises'
import { ConfigurationError } from '../../lib/errors.ts'
import { isRoot, systemCodeOf } from './files.ts'
import type { Layout } from './layout.ts'
import { runProgram, type ServerUser } from './program.ts'

/** A user made for it, else the one that every system has. */
const NAMES = ['perpctl', 'nobody']
const USERS = '/etc/passwd'

async function ownerOf(path: string): Promise<ServerUser | undefined> {
  try {
    const { uid, gid } = await stat(path)
    if (uid === 0) return undefined
    const known = (await readUsers()).find((user) => user.uid === uid)
    return { uid, gid, name: known?.name ?? String(uid) }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error))) return undefined
    throw error
  }
}

/** Those that the system itself knows; of others (a directory service) the number is all that is needed. */
async function readUsers(): Promise<readonly ServerUser[]> {
  const text = await readFile(USERS, 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = ''] = line.split(':')
    // `| 0`: ids are unsigned where they are written (4294967294) and signed where they are used (-2).
    return /^-?\d+$/.test(uid) ? [{ name, uid: Number(uid) | 0, gid: Number(gid) | 0 }] : []
  })
}

/**
 * PostgreSQL refuses to run as root. There it runs as the owner of what it works on, or as a user without rights;
 * undefined for everyone else: the server runs as the user who runs perpctl.
 */
export async function chooseServerUser(layout: Layout): Promise<ServerUser | undefined> {
  if (!isRoot()) return undefined
  for (const path of [layout.data, layout.cluster, layout.home]) {
    const owner = await ownerOf(path)
    if (owner) return owner
  }
  const users = await readUsers()
  for (const name of NAMES) {
    const user = users.find((one) => one.name === name)
    if (user) return user
  }
  throw new ConfigurationError(
    `PostgreSQL refuses to run as root, and ${USERS} names no user "nobody" to run it as`,
    {
      hint: 'add a user named perpctl, run perpctl as an ordinary user, or set DATABASE_URL',
    },
  )
}

/** Whether the user can pass through the folder and all above it; asked of the system itself, not of mode bits. */
export async function canEnter(user: ServerUser | undefined, folder: string): Promise<boolean> {
  if (!user) return true
  const { succeeded } = await runProgram('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { user })
  return succeeded
}
