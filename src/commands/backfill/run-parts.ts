import type { PartName } from '../../lib/config/choices.ts'
import { DatabaseError, PerpctlError, VenueUnavailableError } from '../../lib/errors.ts'
import { PARTS, type PartContext, type PartResult } from './parts.ts'

/** How one part ended. */
export interface PartOutcome {
  readonly name: PartName
  readonly result?: PartResult
  /** What ended it, where it did not come to a result. */
  readonly error?: unknown
}

/**
 * Runs parts side by side, each as soon as what it needs has ended. A part that fails leaves out those that need it
 * and no other; the database's loss and a signal end them all. Throws only what ends them all.
 */
export async function runParts(names: readonly PartName[], context: PartContext): Promise<PartOutcome[]> {
  const abort = new AbortController()
  const signal = AbortSignal.any([context.signal, abort.signal])
  const under = new Map<PartName, Promise<PartOutcome>>()
  const runPart = async (name: PartName): Promise<PartOutcome> => {
    const before = await Promise.all(PARTS[name].needs.flatMap((need) => under.get(need) ?? []))
    const failed = before.find(({ error }) => error !== undefined)
    if (failed) return { name, error: leftOut(failed) }
    try {
      PARTS[name].check?.(context.settings)
      return { name, result: await PARTS[name].run({ ...context, signal }) }
    } catch (error) {
      if (!(error instanceof PerpctlError) || error instanceof DatabaseError) abort.abort(error)
      return { name, error }
    }
  }
  for (const name of names) under.set(name, runPart(name))
  const outcomes = await Promise.all(under.values())
  context.signal.throwIfAborted()
  abort.signal.throwIfAborted()
  return outcomes
}

function leftOut({ name, error }: PartOutcome): PerpctlError {
  const message = `left out: ${name}, which it needs, has failed`
  return new VenueUnavailableError(message, { cause: error, hint: 'run the same command again' })
}
