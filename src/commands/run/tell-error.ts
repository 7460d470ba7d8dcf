import { causesOf, EXIT, PerpctlError } from '../../lib/errors.ts'
import type { ErrorType } from '../../lib/model/error-types.ts'
import type { RunContext } from './open-run.ts'

/** Stack lines that say where a bug is. */
const STACK_LINES = 12

/** Records what ended a run or a part of it, once. What a database that is lost says is written down if it comes back. */
export function tellError({ events }: Pick<RunContext, 'events'>, error: unknown): void {
  if (error === undefined) return
  const { type, details } =
    error instanceof PerpctlError ? { type: error.code, details: error.details } : describeBug(error)
  const message = error instanceof Error ? error.message : String(error)
  const causes = causesOf(error).slice(1)
  events.emit('failure', {
    type,
    message,
    details: { ...details, ...(causes.length > 0 && { causes }) },
    severity: 'error',
  })
}

function describeBug(error: unknown): { type: ErrorType; details: Readonly<Record<string, unknown>> } {
  const stack = error instanceof Error ? (error.stack ?? '').split('\n').slice(1, 1 + STACK_LINES) : []
  return { type: 'bug', details: { exit: EXIT.bug, stack: stack.map((line) => line.trim()) } }
}
