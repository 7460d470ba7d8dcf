import type { RunEventBus } from '../events.ts'
import type { ErrorType } from '../model/error-types.ts'
import type { Window } from '../model/window.ts'
import { type Job, UNPROVEN } from './job.ts'

/** What is worth a record of an answer that was read. */

interface Place {
  readonly job: Job
  readonly window: Window
}

export const toIso = ({ from, to }: Window): { from: string; to: string } => ({
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
})

export function tellDuplicates(events: RunEventBus, place: Place, duplicates: number): void {
  tell(events, place, {
    type: 'duplicate_rows',
    message: `${duplicates} rows came twice in one answer, stored once`,
    severity: 'warning',
  })
}

export function tellUnproven(events: RunEventBus, place: Place): void {
  tell(events, place, { type: 'unproven', message: UNPROVEN, severity: 'error' })
}

export function tellCut(events: RunEventBus, place: Place, served: number, size: number): void {
  const message = `an answer of ${served} rows left out others that the venue has: at most ${size} are asked for at a time from now on`
  tell(events, place, { type: 'cut_answer', message, severity: 'warning' })
}

function tell(
  events: RunEventBus,
  { job: { symbol, dataset }, window }: Place,
  {
    message,
    ...failure
  }: { readonly type: ErrorType; readonly message: string; readonly severity: 'warning' | 'error' },
): void {
  events.emit('failure', {
    ...failure,
    message: `${dataset} of ${symbol}: ${message}`,
    details: { symbol, dataset, window: toIso(window) },
  })
}
