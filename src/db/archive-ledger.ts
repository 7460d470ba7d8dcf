import type { ArchiveLedger, FileRecord, KnownFile, RowOrigin } from '../lib/archive/ledger.ts'
import type { Dataset } from '../lib/model/market.ts'
import type { Window } from '../lib/model/window.ts'
import { connect, type Sql } from './connect.ts'
import { toMultirange } from './multirange.ts'
import { keepTrying, type Patience } from './patience.ts'
import { fileValues, SAVE_FILE } from './provenance.ts'

interface OriginRow {
  readonly route: string
  readonly file: string
  readonly sha256: string | null
  readonly from: number | null
  readonly to: number | null
  readonly covered: readonly Window[]
}

const msOf = (sql: Sql, column: string) => sql.unsafe(`(extract(epoch from ${column}) * 1000)::float8`)

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
        select file, case when state = 'loaded' then etag else '' end as etag, size, (extract(epoch from from_ts) * 1000)::float8 as "from",
          (extract(epoch from to_ts) * 1000)::float8 as "to"
        from archive_files as known
        where venue = ${this.#venue} and symbol = ${symbol} and kind = ${kind} and (state = 'loaded' or exists (
            select from provenance as p where p.venue = known.venue and p.symbol = known.symbol and p.file = known.file))`,
    )
    return new Map(
      rows.map(({ file, etag, size, from, to }) => [
        file,
        { etag, size: Number(size), window: { from, to } },
      ]),
    )
  }

  async origins(symbol: string, dataset: Dataset, window: Window): Promise<readonly RowOrigin[]> {
    const rows = await keepTrying(
      this.#patience,
      () => this.#sql<OriginRow[]>`
        select p.route, p.file, f.sha256, ${msOf(this.#sql, 'f.from_ts')} as "from", ${msOf(this.#sql, 'f.to_ts')} as "to",
          (select jsonb_agg(jsonb_build_object('from', ${msOf(this.#sql, 'lower(part)')}, 'to', ${msOf(this.#sql, 'upper(part)')}))
            from unnest(p.covered * ${toMultirange([window])}::tstzmultirange) as part) as covered
        from provenance as p left join archive_files as f on f.venue = p.venue and f.file = p.file
        where p.venue = ${this.#venue} and p.symbol = ${symbol} and p.dataset = ${dataset}
          and p.covered && ${toMultirange([window])}::tstzmultirange
        order by p.route, p.file`,
    )
    return rows.map(({ route, file, sha256, from, to, covered }) => ({
      route,
      file:
        file === '' || from === null || to === null ? undefined : { key: file, sha256, window: { from, to } },
      covered,
    }))
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
