import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, realpath, rm, stat } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { DatabaseError } from '../../lib/errors.ts'
import type { Binaries } from './binaries.ts'
import { exists, touchPrivateFile, writePrivateFile } from './files.ts'
import { hintFor } from './initialise.ts'
import type { Layout } from './layout.ts'
import { chooseFreePort, readLastPort } from './port.ts'
import { findPostmaster, findStalePid, type Postmaster } from './postmaster.ts'
import { identityOf, SERVER_FOLDER, type ServerUser, serverEnvironment, toSpawnError } from './program.ts'
import { lastLines, readLogFrom, sizeOfLog } from './server-log.ts'
import { serverArguments } from './settings.ts'

interface Means {
  readonly binaries: Binaries
  readonly user: ServerUser | undefined
  readonly signal?: AbortSignal | undefined
}

const POLL = 15
const START_PATIENCE = 600_000
const RETRY_PATIENCE = 20_000
const RETRY_PAUSE = 100
const EMPTY_FILE_AGE = 5_000

/** The server refuses an empty `postmaster.pid` for ever; one that stays empty is left over from a crash. */
async function removeEmptyFile(layout: Layout): Promise<void> {
  if (!(await exists(layout.postmasterFile))) return
  const { size, mtimeMs } = await stat(layout.postmasterFile)
  if (size === 0 && Date.now() - mtimeMs > EMPTY_FILE_AGE) await rm(layout.postmasterFile, { force: true })
}

/** In the background and in a session of its own: neither Ctrl-C nor the end of this process reaches it. */
async function launch(layout: Layout, port: number, means: Means): Promise<ChildProcess> {
  const stalePid = await findStalePid(layout)
  await touchPrivateFile(layout.logFile)
  const log = await open(layout.logFile, 'a')
  try {
    const child = spawn(means.binaries.postgres, await serverArguments(await realpath(layout.data), port), {
      cwd: SERVER_FOLDER,
      // The server takes any living process of this id for a server that still runs, unless it is told not to.
      env: serverEnvironment(stalePid === undefined ? {} : { PG_GRANDPARENT_PID: String(stalePid) }),
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
      windowsHide: true,
      ...identityOf(means.user),
    })
    await once(child, 'spawn')
    return child
  } catch (error) {
    throw toSpawnError(error, means.binaries.postgres, means.user)
  } finally {
    await log.close()
  }
}

/** Waits while the server starts, which after a crash takes as long as its recovery. Undefined if it ends instead. */
export async function awaitReady(
  layout: Layout,
  isAlive: () => Promise<boolean>,
  signal?: AbortSignal,
): Promise<Postmaster | undefined> {
  const deadline = performance.now() + START_PATIENCE
  while (performance.now() < deadline) {
    const postmaster = await findPostmaster(layout)
    if (postmaster?.state === 'ready') return postmaster
    if (!(await isAlive())) return undefined
    await wait(POLL, undefined, { signal })
  }
  throw new DatabaseError('the embedded PostgreSQL has been starting for ten minutes and is not ready', {
    hint: `see ${layout.logFile} for what it does, then run the command again`,
  })
}

async function startOnce(
  layout: Layout,
  port: number,
  means: Means,
): Promise<Postmaster | { output: string }> {
  const offset = await sizeOfLog(layout.logFile)
  const child = await launch(layout, port, means)
  const isAlive = async (): Promise<boolean> => child.exitCode === null && child.signalCode === null
  try {
    const postmaster = await awaitReady(layout, isAlive, means.signal)
    return postmaster ?? { output: await readLogFrom(layout.logFile, offset) }
  } finally {
    child.unref()
  }
}

const PORT_TAKEN = /could not bind|Address already in use/
// Processes of a killed server, which end in a moment.
const LEFTOVERS = /pre-existing shared memory block/

/** Starts the server and returns when it takes connections. Called under the lock, while no server runs. */
export async function startServer(layout: Layout, means: Means): Promise<Postmaster> {
  await removeEmptyFile(layout)
  const deadline = performance.now() + RETRY_PATIENCE
  let wanted = await readLastPort(layout)
  for (;;) {
    const port = await chooseFreePort(wanted)
    const result = await startOnce(layout, port, means)
    if ('pid' in result) {
      await writePrivateFile(layout.portFile, String(result.port))
      return result
    }
    const isPassing = PORT_TAKEN.test(result.output) || LEFTOVERS.test(result.output)
    if (!isPassing || performance.now() > deadline) {
      throw new DatabaseError(`the embedded PostgreSQL does not start: ${lastLines(result.output)}`, {
        hint: `see ${layout.logFile}; ${hintFor(result.output)}`,
      })
    }
    if (PORT_TAKEN.test(result.output)) wanted = 0
    await wait(RETRY_PAUSE, undefined, { signal: means.signal })
  }
}
