import type { JobSymbol } from '../pipeline/job.ts'
import { MinuteBook } from './minute-book.ts'

/** A symbol that is streamed. */
export interface LiveSymbol extends JobSymbol {
  readonly book: MinuteBook
  /** Venue time of the last frame that was about it. */
  heardAt: number
}

/** The symbols of a stream, which come and go while it runs. */
export class LiveSymbols {
  readonly #symbols = new Map<string, LiveSymbol>()

  get names(): string[] {
    return [...this.#symbols.keys()]
  }
  get all(): LiveSymbol[] {
    return [...this.#symbols.values()]
  }

  find(symbol: string): LiveSymbol | undefined {
    return this.#symbols.get(symbol)
  }

  /** Its minutes are wanted from `from` on. */
  add(symbol: JobSymbol, from: number): void {
    this.#symbols.set(symbol.symbol, { ...symbol, since: from, book: new MinuteBook(from), heardAt: from })
  }

  remove(symbol: string): void {
    this.#symbols.delete(symbol)
  }
}
