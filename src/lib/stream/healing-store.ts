import type { EncodedRows } from '../model/encoded-rows.ts'
import type { Dataset, Instrument, RowOf } from '../model/market.ts'
import type { Window } from '../model/window.ts'
import type { Commit, Coverage, Evidence, Store, WantedSeries, WriteResult } from '../ports.ts'
import type { OddEntry } from '../venue/listing.ts'

const UNCLAIMED: AsyncDisposable = { [Symbol.asyncDispose]: async () => {} }

/**
 * The store of a stream that repairs itself: it takes no claims, as a minute that is missing must not wait for hours
 * for somebody else's backfill (claims save requests, the writes are safe without them), and counts what it corrects.
 */
export class HealingStore implements Store {
  readonly #store: Store
  /** Candles of the feed of which the venue's own interface said something else. */
  corrected = 0

  constructor(store: Store) {
    this.#store = store
  }

  encode<D extends Dataset>(symbol: string, dataset: D, rows: readonly RowOf[D][]): EncodedRows {
    return this.#store.encode(symbol, dataset, rows)
  }

  async write(commits: readonly Commit[]): Promise<WriteResult> {
    const result = await this.#store.write(commits)
    if (commits.some(({ dataset }) => dataset === 'ohlcv')) this.corrected += result.updated
    return result
  }

  coverage(
    dataset: Dataset,
    symbols: readonly string[],
    variant?: string,
  ): Promise<ReadonlyMap<string, Coverage>> {
    return this.#store.coverage(dataset, symbols, variant)
  }

  saveWanted(series: readonly WantedSeries[]): Promise<void> {
    return this.#store.saveWanted(series)
  }

  evidence(dataset: Dataset, symbol: string, window: Window): Promise<readonly Evidence[]> {
    return this.#store.evidence(dataset, symbol, window)
  }

  async claim(): Promise<AsyncDisposable> {
    return UNCLAIMED
  }

  saveInstruments(instruments: readonly Instrument[], seenAt: number): Promise<readonly OddEntry[]> {
    return this.#store.saveInstruments(instruments, seenAt)
  }
}
