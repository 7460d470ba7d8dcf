import type { PartName } from '../../lib/config/choices.ts'
import { DatabaseError, PerpctlError, VenueUnavailableError } from '../../lib/errors.ts'
import type { PartContext, PartResult } from './part.ts'
import { PARTS } from './parts.ts'

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
    if (failed) {
      if (!signal.aborted) tellEnd(context, name, undefined)
      return { name, error: leftOut(failed) }
    }
    try {
      PARTS[name].check?.(context.settings)
      const result = await PARTS[name].run({ ...context, signal })
      tellEnd(context, name, result)
      return { name, result }
    } catch (error) {
      if (!signal.aborted) tellEnd(context, name, undefined)
      if (!(error instanceof PerpctlError) || error instanceof DatabaseError) abort.abort(error)
      return { name, error }
    }
  }
  await tellBounds(names, context)
  for (const name of names) under.set(name, runPart(name))
  const outcomes = await Promise.all(under.values())
  context.signal.throwIfAborted()
  abort.signal.throwIfAborted()
  return outcomes
}

/** So that the whole is known from the start: parts that wait say what they will come to at most. */
async function tellBounds(names: readonly PartName[], context: PartContext): Promise<void> {
  const waiting = names.filter((name) => PARTS[name].needs.some((need) => names.includes(need)))
  for (const name of waiting) {
    const jobs = (await PARTS[name].bound?.(context)) ?? []
    if (jobs.length > 0) context.run.events.emit('run:bound', { jobs })
  }
}

/** Of each dataset of a part: without a result it has failed. */
function tellEnd({ run }: PartContext, name: PartName, result: PartResult | undefined): void {
  const lacking = new Set(result?.lacks.map(({ dataset }) => dataset))
  for (const dataset of PARTS[name].datasets) {
    const end = !result ? 'failed' : lacking.has(dataset) ? 'partial' : 'done'
    run.events.emit('dataset:done', { dataset, end })
  }
}

function leftOut({ name, error }: PartOutcome): PerpctlError {
  const message = `left out: ${name}, which it needs, has failed`
  return new VenueUnavailableError(message, { cause: error, hint: 'run the same command again' })
}
