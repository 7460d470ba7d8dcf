import { setTimeout as wait } from 'node:timers/promises'
import { ConfigurationError, DatabaseError } from '../../lib/errors.ts'
import { exists, systemCodeOf, toHomeError } from './files.ts'
import { type Layout, layoutOf } from './layout.ts'
import { holdLock } from './lock.ts'
import { findPostmaster } from './postmaster.ts'

const POLL = 20
const STOP_PATIENCE = 300_000

export async function awaitStopped(layout: Layout, pid: number, signal?: AbortSignal): Promise<void> {
  const deadline = performance.now() + STOP_PATIENCE
  while ((await findPostmaster(layout))?.pid === pid) {
    if (performance.now() > deadline) {
      throw new DatabaseError(`the embedded PostgreSQL (process ${pid}) has been stopping for five minutes`, {
        hint: `see ${layout.logFile} for what it waits for`,
      })
    }
    await wait(POLL, undefined, { signal })
  }
}

/** The server's "fast" shutdown: running statements are rolled back, what is committed is written down. */
function askToStop(pid: number): void {
  try {
    process.kill(pid, 'SIGINT')
  } catch (cause) {
    const code = systemCodeOf(cause)
    if (code === 'ESRCH') return
    if (code !== 'EPERM') throw cause
    throw new ConfigurationError(`the embedded PostgreSQL (process ${pid}) belongs to another user`, {
      cause,
      hint: 'stop it as the user who started it',
    })
  }
}

async function stop(layout: Layout, signal: AbortSignal | undefined): Promise<'stopped' | 'not running'> {
  if (!(await exists(layout.lockFile))) return 'not running'
  using _lock = await holdLock(layout.lockFile, signal)
  const postmaster = await findPostmaster(layout)
  if (!postmaster) return 'not running'
  askToStop(postmaster.pid)
  await awaitStopped(layout, postmaster.pid, signal)
  return 'stopped'
}

/** Stops the server of this home, whoever uses it, and returns when it is gone. */
export async function stopEmbedded(
  home: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<'stopped' | 'not running'> {
  const layout = layoutOf(home)
  try {
    return await stop(layout, signal)
  } catch (error) {
    throw toHomeError(error, layout.home)
  }
}
