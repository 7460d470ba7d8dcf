import type { ArchiveLedger, FileRecord, KnownFile } from '../lib/archive/ledger.ts'
import { connect, type Sql } from './connect.ts'
import { keepTrying, type Patience } from './patience.ts'
import { fileValues, SAVE_FILE } from './provenance.ts'

/** The `ArchiveLedger` of one venue and run in PostgreSQL. */
export class PostgresArchiveLedger implements ArchiveLedger, AsyncDisposable {
  readonly #venue: string
  readonly #run: string
  readonly #patience: Patience
  readonly #sql: Sql

  constructor(venue: string, run: string, patience: Patience) {
    this.#venue = venue
    this.#run = run
    this.#patience = patience
    this.#sql = connect(patience.url, { max: 1, applicationName: 'perpctl archive' })
  }

  async refuse(file: FileRecord): Promise<void> {
    await keepTrying(this.#patience, () =>
      this.#sql.unsafe(SAVE_FILE, fileValues(this.#venue, this.#run, file)),
    )
  }

  async loaded(symbol: string, kind: string): Promise<ReadonlyMap<string, KnownFile>> {
    const rows = await keepTrying(
      this.#patience,
      () => this.#sql<{ file: string; etag: string; size: string; from: number; to: number }[]>`
        select file, etag, size, (extract(epoch from from_ts) * 1000)::float8 as "from",
          (extract(epoch from to_ts) * 1000)::float8 as "to"
        from archive_files
        where venue = ${this.#venue} and symbol = ${symbol} and kind = ${kind} and state = 'loaded'`,
    )
    return new Map(
      rows.map(({ file, etag, size, from, to }) => [
        file,
        { etag, size: Number(size), window: { from, to } },
      ]),
    )
  }

  async firstShown(version: string): Promise<boolean> {
    const rows = await keepTrying(
      this.#patience,
      () => this.#sql`
        insert into archive_terms (venue, version, execution_id) values (${this.#venue}, ${version}, ${this.#run})
        on conflict do nothing returning version`,
    )
    return rows.length > 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.end({ timeout: 1 })
  }
}
