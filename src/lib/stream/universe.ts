import type { RunEventBus } from '../events.ts'
import { ceilTo, floorTo, HOUR, MINUTE } from '../model/window.ts'
import type { JobSymbol } from '../pipeline/job.ts'
import type { Listing } from '../venue/listing.ts'
import type { LiveSymbols } from './live-symbols.ts'

/** The last minutes of a symbol that was delisted may still have to be fetched: it is looked after for so long. */
const AFTERCARE = HOUR
const SHOWN = 10
const MANY = 3

/** What the venue's list means for a stream. */
export interface Changes {
  readonly added: readonly JobSymbol[]
  readonly removed: readonly Removed[]
}

export interface Removed {
  readonly symbol: string
  /** Undefined where the venue does not tell. */
  readonly endedAt: number | undefined
}

export interface UniverseOptions {
  readonly symbols: LiveSymbols
  readonly events: RunEventBus
  readonly venueNow: () => number
  readonly findChanges: (listing: Listing, current: readonly string[]) => Promise<Changes>
  /** Others may have them from now on. */
  readonly release: (symbols: readonly string[]) => Promise<void>
  /** What is to be streamed from now on, and what of it is new. */
  readonly onChange: (symbols: readonly string[], added: readonly JobSymbol[]) => void
}

/** Lets symbols come and go with the venue's list. */
export class Universe {
  readonly #options: UniverseOptions
  /** Symbols that the last list did not have, where that was hard to believe. */
  #doubted = ''

  constructor(options: UniverseOptions) {
    this.#options = options
  }

  async adopt(listing: Listing): Promise<void> {
    const { symbols, venueNow, findChanges, release, onChange } = this.#options
    const now = floorTo(venueNow(), MINUTE)
    for (const { symbol, book } of symbols.all) if (book.endsAt < now - AFTERCARE) symbols.remove(symbol)
    const streamed = namesOf(symbols)
    const { added, removed } = await findChanges(listing, streamed)
    if (this.#isDoubtful(removed, streamed) || (added.length === 0 && removed.length === 0)) return
    await release(removed.map(({ symbol }) => symbol))
    for (const { symbol, endedAt = now } of removed) {
      const book = symbols.find(symbol)?.book
      if (book) book.endsAt = Math.min(ceilTo(venueNow(), MINUTE), ceilTo(endedAt, MINUTE))
    }
    for (const symbol of added) {
      const book = symbols.find(symbol.symbol)?.book
      // One that comes back is wanted from where it was.
      if (book) book.endsAt = Number.POSITIVE_INFINITY
      else symbols.add(symbol, Math.min(now, symbol.since ?? now), venueNow())
    }
    this.#tell(
      added,
      removed.map(({ symbol }) => symbol),
    )
    const names = namesOf(symbols)
    onChange(names, added)
  }

  /** A list that lacks many symbols at once is believed only when the next one says the same. */
  #isDoubtful(removed: readonly Removed[], streamed: readonly string[]): boolean {
    if (removed.length <= Math.max(MANY, streamed.length / 10)) return false
    const names = removed.map(({ symbol }) => symbol).join(',')
    const isRepeated = names === this.#doubted
    this.#doubted = names
    return !isRepeated
  }

  #tell(added: readonly JobSymbol[], removed: readonly string[]): void {
    const name = (symbols: readonly string[]): string => {
      const more = symbols.length > SHOWN ? ` and ${symbols.length - SHOWN} more` : ''
      return `${symbols.slice(0, SHOWN).join(', ')}${more}`
    }
    const told = [
      ...(added.length > 0 ? [`traded from now on: ${name(added.map(({ symbol }) => symbol))}`] : []),
      ...(removed.length > 0 ? [`not traded any more: ${name(removed)}`] : []),
    ]
    this.#options.events.emit('note', { message: told.join('; ') })
  }
}

/** Those that have not ended. */
const namesOf = (symbols: LiveSymbols): string[] =>
  symbols.all.filter(({ book }) => book.endsAt === Number.POSITIVE_INFINITY).map(({ symbol }) => symbol)
