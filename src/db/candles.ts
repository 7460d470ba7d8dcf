import { type Dataset, INDEX_SYMBOL, type RowOf } from '../lib/model/market.ts'
import { MINUTE, span, type Window } from '../lib/model/window.ts'
import type { Candles, Closes, Series, SymbolCloses } from '../lib/ports.ts'
import { connect, type Sql } from './connect.ts'
import { PACKED, type PackedCloses, unpackCloses } from './packed-closes.ts'
import { keepTrying, type Patience } from './patience.ts'
import { hasRows, readLastBefore } from './series-rows.ts'

/** Closes of one answer; also of many symbols together. */
const PAGE = 10_000
const GROUP = 100_000

/** The `Candles` of one venue in PostgreSQL. Every read is repeated while the database is away. */
export class PostgresCandles implements Candles, AsyncDisposable {
  readonly #venue: string
  readonly #patience: Patience
  readonly #sql: Sql

  constructor(venue: string, patience: Patience) {
    this.#venue = venue
    this.#patience = patience
    this.#sql = connect(patience.url, { max: 2, applicationName: 'perpctl candles' })
  }

  /** One step in the index for each symbol, however many candles it has. */
  async symbols(): Promise<readonly string[]> {
    const venue = this.#venue
    const rows = await this.#read<{ symbol: string }[]>(
      (sql) => sql`
        with recursive found as (
          (select symbol from ohlcv where venue = ${venue} order by symbol limit 1)
          union all
          select (select symbol from ohlcv where venue = ${venue} and symbol > found.symbol order by symbol limit 1)
          from found where symbol is not null
        )
        select symbol from found where symbol is not null
        union select symbol from coverage where venue = ${venue} and dataset = 'ohlcv'`,
    )
    // The order of the database is that of its language.
    return rows.map(({ symbol }) => symbol).toSorted()
  }

  async lives(symbols: readonly string[]): Promise<ReadonlyMap<string, Window>> {
    const venue = this.#venue
    const rows = await this.#read<{ symbol: string; first: Date; last: Date }[]>(
      (sql) => sql`
        select symbol, first.ts as first, last.ts as last from unnest(${[...symbols]}::text[]) as given (symbol)
        cross join lateral
          (select ts from ohlcv where venue = ${venue} and symbol = given.symbol order by ts limit 1) as first
        cross join lateral
          (select ts from ohlcv where venue = ${venue} and symbol = given.symbol order by ts desc limit 1) as last
        union all
        select ${INDEX_SYMBOL}, first.ts, last.ts
        from (select ts from mt_index where venue = ${venue} order by ts limit 1) as first
        cross join (select ts from mt_index where venue = ${venue} order by ts desc limit 1) as last
        where ${symbols.includes(INDEX_SYMBOL)}`,
    )
    return new Map(
      rows.map(({ symbol, first, last }) => [symbol, { from: first.getTime(), to: last.getTime() + MINUTE }]),
    )
  }

  async firstMinute(symbol: string, windows: readonly Window[]): Promise<number | undefined> {
    const [row] = await this.#read<{ ts: Date }[]>(
      (sql) => sql`
        select found.ts from unnest(${windows.map(({ from }) => iso(from))}::timestamptz[],
          ${windows.map(({ to }) => iso(to))}::timestamptz[]) with ordinality as part (since, until, at)
        cross join lateral (
          select ts from ${this.#series(sql, symbol)} and ts >= since and ts < until order by ts limit 1
        ) as found order by at limit 1`,
    )
    return row?.ts.getTime()
  }

  async *closes(symbol: string, { from, to }: Window): AsyncGenerator<Closes, void, void> {
    let next: Promise<Closes> | undefined = this.#page(symbol, { from, to })
    while (next) {
      const page: Closes = await next
      const last = page.ts.at(-1)
      if (last === undefined) return
      // Read while the page before is worked on; whoever leaves early need not hear how it ends.
      next = page.ts.length < PAGE ? undefined : this.#page(symbol, { from: last + 1, to })
      next?.catch(() => {})
      yield page
    }
  }

  async *closesOf(symbols: readonly string[], window: Window): AsyncGenerator<SymbolCloses, void, void> {
    const size = Math.max(1, Math.floor((GROUP * MINUTE) / span(window)))
    const read = (at: number) =>
      at < symbols.length ? this.#group(symbols.slice(at, at + size), window) : undefined
    let next = read(0)
    for (let at = size; next; at += size) {
      const group: readonly SymbolCloses[] = await next
      next = read(at)
      next?.catch(() => {})
      yield* group
    }
  }

  async closesAt(symbols: readonly string[], ts: number): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#read<{ symbol: string; close: number }[]>(
      (sql) => sql`
        select symbol, close::float8 as close from unnest(${[...symbols]}::text[]) as given (symbol)
        cross join lateral (
          select close from ohlcv where venue = ${this.#venue} and symbol = given.symbol and ts = ${iso(ts)}
        ) as found`,
    )
    return new Map(rows.map(({ symbol, close }) => [symbol, close]))
  }

  lastBefore<D extends Dataset>(series: Series<D>, ts: number): Promise<RowOf[D] | undefined> {
    return keepTrying(this.#patience, () => readLastBefore(this.#sql, this.#venue, series, ts))
  }

  hasRows(series: Series, window: Window): Promise<boolean> {
    return keepTrying(this.#patience, () => hasRows(this.#sql, this.#venue, series, window))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.end({ timeout: 2 })
  }

  #read<T extends readonly object[]>(query: (sql: Sql) => PromiseLike<T>): Promise<T> {
    return keepTrying(this.#patience, async () => query(this.#sql))
  }

  #series(sql: Sql, symbol: string) {
    return symbol === INDEX_SYMBOL
      ? sql`mt_index where venue = ${this.#venue}`
      : sql`ohlcv where venue = ${this.#venue} and symbol = ${symbol}`
  }

  async #page(symbol: string, { from, to }: Window): Promise<Closes> {
    const [packed] = await this.#read<PackedCloses[]>(
      (sql) => sql`
        select ${sql.unsafe(PACKED)} from (
          select ts, close from ${this.#series(sql, symbol)} and ts >= ${iso(from)} and ts < ${iso(to)}
          order by ts limit ${PAGE}
        ) as page`,
    )
    return unpackCloses(packed ?? { ts: null, close: null })
  }

  async #group(symbols: readonly string[], { from, to }: Window): Promise<readonly SymbolCloses[]> {
    const rows = await this.#read<(PackedCloses & { symbol: string })[]>(
      (sql) => sql`
        select symbol, part.* from unnest(${[...symbols]}::text[]) with ordinality as given (symbol, at)
        cross join lateral (
          select ${sql.unsafe(PACKED)} from (
            select ts, close from ohlcv
            where venue = ${this.#venue} and symbol = given.symbol and ts >= ${iso(from)} and ts < ${iso(to)}
            order by ts
          ) as page
        ) as part where part.ts is not null order by at`,
    )
    return rows.map(({ symbol, ...packed }) => ({ symbol, ...unpackCloses(packed) }))
  }
}

const iso = (ts: number): string => new Date(ts).toISOString()
