import type { Clock } from '../time/clock.ts'

/** Whether the time has passed; false if the signal came first. */
export async function waitOut(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false
  try {
    await clock.sleep(ms, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return !signal.aborted
}
