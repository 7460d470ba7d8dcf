import type { RunEventBus } from '../events.ts'
import { cutRow } from '../text/cut-value.ts'
import type { OddEntry } from '../venue/listing.ts'

/** Of one list so many are told in full; the rest as a count. */
const TOLD = 50
/** A list that is read every few minutes for months has the same odd entries each time. */
const REMEMBERED = 10_000

/** Records entries of lists that could not be read, each once however often the list is read. */
export class OddEntries {
  readonly #events: RunEventBus
  readonly #told = new Set<string>()

  constructor(events: RunEventBus) {
    this.#events = events
  }

  tell(odd: readonly OddEntry[]): void {
    const fresh = odd.filter((one) => this.#isFresh(one))
    for (const { list, name, reason, entry } of fresh.slice(0, TOLD)) {
      const what = name === undefined ? 'an entry' : `the entry of ${name}`
      this.#emit(`${what} in ${list} cannot be taken: ${reason}`, {
        list,
        ...(name === undefined ? {} : { symbol: name }),
        reason,
        entry: cutRow(entry),
      })
    }
    const more = fresh.length - TOLD
    if (more > 0) this.#emit(`${more} more entries of lists cannot be taken`, { count: more })
  }

  #emit(message: string, details: Readonly<Record<string, unknown>>): void {
    this.#events.emit('failure', { type: 'bad_entry', message, details, severity: 'warning' })
  }

  #isFresh({ list, name, reason }: OddEntry): boolean {
    const key = JSON.stringify([list, name, reason])
    if (this.#told.has(key)) return false
    if (this.#told.size < REMEMBERED) this.#told.add(key)
    return true
  }
}
