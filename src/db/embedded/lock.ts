import { setTimeout as wait } from 'node:timers/promises'
import { DatabaseError } from '../../lib/errors.ts'

const POLL = 25
const PATIENCE = 180_000
const SQLITE_BUSY = 5

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}

/** Undefined while somebody else holds it. */
function tryLock({ DatabaseSync }: typeof import('node:sqlite'), path: string): Disposable | undefined {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    // A journal on the disk would need room there: a server on a full disk could not even be stopped.
    database.exec('pragma journal_mode = memory; begin exclusive')
    return { [Symbol.dispose]: () => database.close() }
  } catch (error) {
    database.close()
    if (isBusy(error)) return undefined
    throw error
  }
}

/**
 * Waits until this is the only holder among all processes and returns the hold. Node has no file locks; SQLite has,
 * on every platform, and the operating system gives them back when their holder dies, however it dies: there are no
 * stale locks to be told from live ones.
 */
export async function holdLock(path: string, signal?: AbortSignal): Promise<Disposable> {
  // Needed by the process that starts the server and not by the many that find it running.
  const sqlite = await import('node:sqlite')
  const deadline = performance.now() + PATIENCE
  for (;;) {
    signal?.throwIfAborted()
    const lock = tryLock(sqlite, path)
    if (lock) return lock
    if (performance.now() > deadline) {
      throw new DatabaseError(
        'another perpctl process has been starting or stopping the embedded PostgreSQL for minutes',
        {
          hint: `see which process has ${path} open, end it, and run the command again`,
        },
      )
    }
    await wait(POLL, undefined, { signal })
  }
}
