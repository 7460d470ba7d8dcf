import { readFile } from 'node:fs/promises'
import { ConfigurationError } from '../../lib/errors.ts'
import { ownCommand } from '../../lib/text/own-command.ts'
import { ensureDatabase } from '../connect.ts'
import { findBinaries } from './binaries.ts'
import { exists, toHomeError } from './files.ts'
import { prepareCluster, prepareHome } from './home.ts'
import { initialise } from './initialise.ts'
import { type Layout, layoutOf } from './layout.ts'
import { holdLock } from './lock.ts'
import { findPostmaster, type Postmaster } from './postmaster.ts'
import { limitLog } from './server-log.ts'
import { chooseServerUser } from './server-user.ts'
import { DATABASE, ROLE } from './settings.ts'
import { awaitReady, startServer } from './start.ts'
import { awaitStopped } from './stop.ts'

export interface EnsureOptions {
  readonly signal?: AbortSignal | undefined
  /** Told what takes a while, in a sentence for the user. */
  readonly note?: (message: string) => void
}

export async function urlOf(layout: Layout, port: number, database: string): Promise<string> {
  if (!(await exists(layout.passwordFile))) {
    throw new ConfigurationError(`the password of the embedded PostgreSQL is gone (${layout.passwordFile})`, {
      hint: `run ${ownCommand('db stop')}: the next start makes a new one`,
    })
  }
  const password = (await readFile(layout.passwordFile, 'utf8')).trim()
  return `postgresql://${ROLE}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`
}

/** The cheap answer of every process but the first: a few small files. */
async function findRunning(layout: Layout): Promise<string | undefined> {
  const postmaster = await findPostmaster(layout)
  if (postmaster?.state !== 'ready' || !(await exists(layout.passwordFile))) return undefined
  await limitLog(layout.logFile)
  return await urlOf(layout, postmaster.port, DATABASE)
}

/** A server that another process has begun to start or to stop, brought to one of both ends. */
async function settle(layout: Layout, signal: AbortSignal | undefined): Promise<Postmaster | undefined> {
  const postmaster = await findPostmaster(layout)
  if (postmaster?.state === 'stopping') {
    await awaitStopped(layout, postmaster.pid, signal)
    return undefined
  }
  if (!postmaster) return undefined
  const isAlive = async (): Promise<boolean> => (await findPostmaster(layout)) !== undefined
  return await awaitReady(layout, isAlive, signal)
}

async function bringUp(layout: Layout, { signal, note = () => {} }: EnsureOptions): Promise<string> {
  const user = await chooseServerUser(layout)
  await prepareHome(layout)
  using _lock = await holdLock(layout.lockFile, signal)
  const running = await findRunning(layout)
  if (running !== undefined) return running
  await prepareCluster(layout, user)
  await limitLog(layout.logFile)
  let postmaster = await settle(layout, signal)
  if (!postmaster) {
    const means = { binaries: await findBinaries(layout, user, note), user, signal }
    await initialise(layout, means, note)
    note(`starting the embedded PostgreSQL ${means.binaries.version}${user ? ` as user ${user.name}` : ''}`)
    postmaster = await startServer(layout, means)
  }
  return await ensureDatabase(await urlOf(layout, postmaster.port, DATABASE), DATABASE)
}

/**
 * The url of the database `perpctl` on the server of this home. The first call of all processes creates the server,
 * and whichever finds it down starts it in the background, where it outlives the process and serves all others.
 *
 * @throws ConfigurationError where the home or the machine cannot have it, DatabaseError where it does not start
 */
export async function ensureEmbedded(home: string, options: EnsureOptions = {}): Promise<{ url: string }> {
  const layout = layoutOf(home)
  try {
    return { url: (await findRunning(layout)) ?? (await bringUp(layout, options)) }
  } catch (error) {
    throw toHomeError(error, layout.home)
  }
}
