import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { RunReport } from '../../db/reports.ts'

/** A run without sessions may still be there, standing still: of this machine the system itself can tell. */
export function lookForProcess(run: RunReport): RunReport {
  if (run.state !== 'lost' || run.host !== hostname() || !isThere(run.pid)) return run
  return isOurs(run.pid) ? { ...run, state: 'silent' } : run
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // That of another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Another program may have the number by now; where the system does not tell, it is taken for ours. */
function isOurs(pid: number): boolean {
  const file = `/proc/${pid}/cmdline`
  if (!existsSync(file)) return process.platform !== 'linux'
  return /perpctl|bin\/run\.js/.test(readFileSync(file, 'utf8'))
}
