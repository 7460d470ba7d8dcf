import type { Fetched, VenueClient } from '../../src/lib/http/venue-client.ts'
import type { EncodedRows } from '../../src/lib/model/encoded-rows.ts'
import type { Dataset, Row } from '../../src/lib/model/market.ts'
import { normalize } from '../../src/lib/model/window.ts'
import type { Commit, Coverage, Evidence, Store, WantedSeries, WriteResult } from '../../src/lib/ports.ts'
import type { ApiRequest, Endpoint } from '../../src/lib/venue/request.ts'

export interface FakeClient {
  readonly client: VenueClient
  /** In the order in which they came. */
  readonly asked: readonly ApiRequest[]
}

/** A client that asks nobody: `answer` gives the payload, or throws what the request came to. */
export function createFakeClient(answer: (request: ApiRequest) => unknown): FakeClient {
  const asked: ApiRequest[] = []
  const fake = {
    async fetch<T>({ request, parse }: Endpoint<T>, signal: AbortSignal): Promise<Fetched<T>> {
      signal.throwIfAborted()
      asked.push(request)
      return { value: parse(await answer(request)), lane: 'direct', ms: 1, attempts: 1 }
    },
  }
  return { client: fake as unknown as VenueClient, asked }
}

interface KeptRows extends EncodedRows {
  readonly rows: readonly Row[]
}

/** Rows and coverage in memory; nobody else claims anything. */
export class MemoryStore implements Store {
  readonly rows = new Map<string, readonly Row[]>()
  readonly #known = new Map<string, Coverage>()
  readonly #evidence = new Map<string, readonly Evidence[]>()
  /** So many of the next writes find that what they were made from has changed. */
  staleWrites = 0
  writes = 0

  encode(_symbol: string, _dataset: Dataset, rows: readonly Row[]): KeptRows {
    return { count: rows.length, rows }
  }

  async write(commits: readonly Commit[]): Promise<WriteResult> {
    this.writes += 1
    const isStale = this.staleWrites > 0
    if (isStale) this.staleWrites -= 1
    else for (const commit of commits) this.#keep(commit)
    const count = isStale ? 0 : commits.reduce((sum, { rows }) => sum + rows.count, 0)
    return { inserted: count, updated: 0, yielded: 0, refused: [], isStale }
  }

  async coverage(dataset: Dataset, symbols: readonly string[]): Promise<ReadonlyMap<string, Coverage>> {
    return new Map(
      symbols.flatMap((symbol) => {
        const known = this.#known.get(`${dataset} ${symbol}`)
        return known ? [[symbol, known] as const] : []
      }),
    )
  }

  /** The last window that was wanted, by dataset and symbol. */
  readonly wanted = new Map<string, WantedSeries>()

  async saveWanted(series: readonly WantedSeries[]): Promise<void> {
    for (const one of series) this.wanted.set(`${one.dataset} ${one.symbol}`, one)
  }

  async evidence(dataset: Dataset, symbol: string): Promise<readonly Evidence[]> {
    return this.#evidence.get(`${dataset} ${symbol}`) ?? []
  }

  async claim(): Promise<AsyncDisposable> {
    return { [Symbol.asyncDispose]: async () => {} }
  }

  async saveInstruments(): Promise<[]> {
    return []
  }

  #keep({ dataset, symbol, rows, covered, absent, evidence = [] }: Commit): void {
    const key = `${dataset} ${symbol}`
    this.#evidence.set(key, [...(this.#evidence.get(key) ?? []), ...evidence])
    if (covered.length === 0 && rows.count === 0) return
    const known = this.#known.get(key)
    this.#known.set(key, {
      covered: normalize([...(known?.covered ?? []), ...covered]),
      absent: normalize([...(known?.absent ?? []), ...absent]),
      version: String(this.writes),
    })
    const all = [...(this.rows.get(key) ?? []), ...(rows as KeptRows).rows]
    this.rows.set(
      key,
      all.toSorted((a, b) => a.ts - b.ts),
    )
  }
}
