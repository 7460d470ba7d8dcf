import type { JobSymbol } from '../pipeline/job.ts'
import { MinuteBook } from './minute-book.ts'

/** A symbol that is streamed. */
export interface LiveSymbol extends JobSymbol {
  readonly book: MinuteBook
  /** Venue time from which on it is streamed; its minutes may be wanted from earlier on. */
  readonly followedFrom: number
  /** Venue time of the last frame that was about it. */
  heardAt: number
  /** Of its last trade, as the venue writes it. */
  price: string | undefined
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

  /** Streamed within a minute in which everything may be followed, whatever came of it before. */
  followed(minute: number): string[] {
    const isFollowed = ({ followedFrom, book }: LiveSymbol): boolean =>
      followedFrom <= minute && book.endsAt > minute
    return this.all.filter(isFollowed).map(({ symbol }) => symbol)
  }

  /** Its minutes are wanted from `from` on; it is streamed from `followedFrom` on. */
  add(symbol: JobSymbol, from: number, followedFrom = from): void {
    this.#symbols.set(symbol.symbol, {
      ...symbol,
      since: from,
      book: new MinuteBook(from),
      followedFrom,
      heardAt: followedFrom,
      price: undefined,
    })
  }

  remove(symbol: string): void {
    this.#symbols.delete(symbol)
  }
}
