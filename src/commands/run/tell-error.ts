import { DatabaseError, PerpctlError } from '../../lib/errors.ts'
import type { RunContext } from './open-run.ts'

/** Records what ended a run; what a lost database says cannot be written down. */
export function tellError({ events }: RunContext, error: unknown): void {
  if (!(error instanceof PerpctlError) || error instanceof DatabaseError) return
  const { code: type, message, details } = error
  events.emit('failure', { type, message, details, severity: 'error' })
}
