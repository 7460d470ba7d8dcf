import type { CellStore, EncoderOptions, RowEncoder, StoredRows } from '../lib/archive/row-encoder.ts'
import type { EncodedRows } from '../lib/model/encoded-rows.ts'
import type { Dataset, Instrument, RowOf } from '../lib/model/market.ts'
import type { Window } from '../lib/model/window.ts'
import type {
  ClaimHolder,
  Commit,
  Coverage,
  Evidence,
  Store,
  WantedSeries,
  WriteResult,
} from '../lib/ports.ts'
import type { OddEntry } from '../lib/venue/listing.ts'
import { CellEncoder } from './cell-encoder.ts'
import { Claims } from './claims.ts'
import { connect, type Sql } from './connect.ts'
import { BinaryRows, toBinaryRows } from './copy-binary.ts'
import { type Doubtful, findSuspects } from './doubts.ts'
import { readEvidence } from './evidence.ts'
import { saveInstruments } from './instruments.ts'
import { coverageName, toMultirange } from './multirange.ts'
import { keepTrying, type Patience } from './patience.ts'
import { saveWanted } from './wanted.ts'
import { Writer } from './writer.ts'

interface CoverageRow {
  readonly symbol: string
  readonly version: string
  readonly kind: 'covered' | 'absent'
  /** Null where nothing is covered any more. */
  readonly from: number | null
  readonly to: number | null
}

export interface StoreOptions {
  /** A claim of another run is taken from it, and its sessions are ended. */
  readonly takesOver?: boolean
}

/** The `Store` of one venue in PostgreSQL. */
export class PostgresStore implements Store, CellStore, AsyncDisposable {
  readonly #venue: string
  readonly #patience: Patience
  readonly #sql: Sql
  readonly #writer: Writer
  readonly #claims: Claims

  constructor(venue: string, patience: Patience, { takesOver = false }: StoreOptions = {}) {
    this.#venue = venue
    this.#patience = patience
    this.#sql = connect(patience.url, { max: 2 })
    this.#writer = new Writer(venue, patience)
    this.#claims = new Claims(patience, takesOver)
  }

  encode<D extends Dataset>(symbol: string, dataset: D, rows: readonly RowOf[D][]): EncodedRows {
    return BinaryRows.encode(this.#venue, symbol, dataset, rows)
  }

  openEncoder<D extends Dataset>(symbol: string, dataset: D, options: EncoderOptions<D>): RowEncoder {
    return CellEncoder.open(this.#venue, symbol, dataset, options)
  }

  compare(dataset: Dataset, rows: EncodedRows): Promise<StoredRows> {
    return this.#writer.compare(dataset, rows)
  }

  leaveOut(rows: EncodedRows, windows: readonly Window[]): EncodedRows {
    return toBinaryRows(rows).without(windows)
  }

  write(commits: readonly Commit[]): Promise<WriteResult> {
    return this.#writer.write(commits)
  }

  claim(dataset: Dataset, symbol: string, variant?: string): Promise<AsyncDisposable | undefined> {
    return this.#claims.take(this.#claimName(dataset, symbol, variant))
  }

  holderOf(dataset: Dataset, symbol: string, variant?: string): Promise<ClaimHolder | undefined> {
    return this.#claims.holderOf(this.#claimName(dataset, symbol, variant))
  }

  #claimName(dataset: Dataset, symbol: string, variant: string | undefined): string {
    return `perpctl ${this.#venue} ${coverageName(dataset, variant)} ${symbol}`
  }

  saveWanted(series: readonly WantedSeries[]): Promise<void> {
    return keepTrying(this.#patience, () => saveWanted(this.#sql, this.#venue, series))
  }

  evidence(dataset: Dataset, symbol: string, window: Window): Promise<readonly Evidence[]> {
    return keepTrying(this.#patience, () =>
      readEvidence(this.#sql, { venue: this.#venue, symbol, dataset, window }),
    )
  }

  async coverage(
    dataset: Dataset,
    symbols: readonly string[],
    variant?: string,
  ): Promise<ReadonlyMap<string, Coverage>> {
    const name = coverageName(dataset, variant)
    const rows = await keepTrying(
      this.#patience,
      () => this.#sql<CoverageRow[]>`
        select symbol, version, kind, (extract(epoch from lower(part)) * 1000)::float8 as from,
          (extract(epoch from upper(part)) * 1000)::float8 as to
        from (
          select symbol, revised_at::text as version, 'covered' as kind, part
          from coverage left join lateral unnest(covered) as part on true
          where venue = ${this.#venue} and dataset = ${name} and symbol = any(${[...symbols]})
          union all
          select symbol, revised_at::text, 'absent', unnest(absent) from coverage
          where venue = ${this.#venue} and dataset = ${name} and symbol = any(${[...symbols]})
        ) as parts`,
    )
    const known = new Map<string, { covered: Window[]; absent: Window[]; version: string }>()
    for (const { symbol, version, kind, from, to } of rows) {
      const entry = known.get(symbol) ?? { covered: [], absent: [], version }
      if (from !== null && to !== null) entry[kind].push({ from, to })
      known.set(symbol, entry)
    }
    return known
  }

  /** Takes windows out of the coverage, so that they are asked for again. What is stored stays. */
  async uncover(dataset: string, symbol: string, windows: readonly Window[]): Promise<void> {
    const ranges = toMultirange(windows)
    await keepTrying(
      this.#patience,
      () => this.#sql`
        update coverage set covered = covered - ${ranges}::tstzmultirange, absent = absent - ${ranges}::tstzmultirange,
          updated_at = now(),
          revised_at = greatest(clock_timestamp(), revised_at + interval '1 microsecond')
        where venue = ${this.#venue} and symbol = ${symbol} and dataset = ${dataset}`,
    )
  }

  /** See `findSuspects`. */
  suspects(symbols: readonly string[], longestMs: number): Promise<readonly Doubtful[]> {
    const filter = { venue: this.#venue, symbols, longestMs }
    return keepTrying(this.#patience, () => findSuspects(this.#sql, filter))
  }

  saveInstruments(instruments: readonly Instrument[], seenAt: number): Promise<OddEntry[]> {
    const place = { sql: this.#sql, patience: this.#patience, venue: this.#venue }
    return saveInstruments(place, instruments, seenAt)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([
      this.#writer[Symbol.asyncDispose](),
      this.#claims[Symbol.asyncDispose](),
      this.#sql.end({ timeout: 2 }),
    ])
  }
}
