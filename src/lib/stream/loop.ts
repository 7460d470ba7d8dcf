import { PerpctlError } from '../errors.ts'
import type { RunEventBus } from '../events.ts'
import type { Clock } from '../time/clock.ts'

const FIRST_PAUSE = 1_000
const LONGEST_PAUSE = 60_000

export type LoopWork = () => Promise<unknown>

export interface LoopOptions {
  /** For messages: what is done here. */
  readonly name: string
  readonly everyMs: number
  readonly clock: Clock
  readonly events: RunEventBus
  readonly signal: AbortSignal
}

/**
 * Does `work` again and again until the signal. What the venue or the database fails with is recorded as a warning,
 * and the work tried again after a growing pause, for ever; anything else is a bug and thrown.
 */
export async function runLoop(options: LoopOptions, work: LoopWork): Promise<void> {
  const { name, everyMs, clock, events, signal } = options
  let failures = 0
  while (!signal.aborted) {
    try {
      await work()
      if (failures > 0) events.emit('note', { message: `${name}: works again` })
      failures = 0
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof PerpctlError)) throw error
      failures += 1
      if (failures === 1) events.emit('note', { message: `${name}: ${error.message}; tried again and again` })
      const details = { ...error.details, work: name, failures }
      events.emit('failure', {
        type: error.code,
        message: `${name}: ${error.message}`,
        details,
        severity: 'warning',
      })
    }
    const pause = failures === 0 ? everyMs : Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1))
    await clock.sleep(pause, signal).catch(() => {})
  }
}
