import { MINUTE } from '../lib/model/window.ts'
import type { LiquidationSums, ObservedMinute } from '../lib/ports.ts'
import { connect, type Sql } from './connect.ts'
import { keepTrying, type Patience } from './patience.ts'

/** What a minute must have been seen of to be covered. */
const WHOLE = MINUTE / 1_000

export class PostgresLiquidationSums implements LiquidationSums, AsyncDisposable {
  readonly #venue: string
  readonly #patience: Patience
  readonly #sql: Sql

  constructor(venue: string, patience: Patience) {
    this.#venue = venue
    this.#patience = patience
    this.#sql = connect(patience.url, { max: 1 })
  }

  async sum(symbols: readonly string[], minutes: readonly ObservedMinute[]): Promise<void> {
    if (symbols.length === 0 || minutes.length === 0) return
    const times = minutes.map(({ ts }) => new Date(ts).toISOString())
    const seconds = minutes.map(({ seconds: seen }) => seen)
    const venue = this.#venue
    await keepTrying(this.#patience, () =>
      this.#sql.begin(async (sql) => {
        await sql`
          insert into liquidations as known (venue, symbol, ts, source, long_volume, short_volume, observed_seconds)
          select ${venue}, given.symbol, minute.ts, 'stream',
            coalesce(sum(coalesce(one.filled, one.quantity)) filter (where one.position_side = 'long'), 0),
            coalesce(sum(coalesce(one.filled, one.quantity)) filter (where one.position_side = 'short'), 0),
            minute.seconds
          from unnest(${[...symbols]}::text[]) as given (symbol)
          cross join unnest(${times}::timestamptz[], ${seconds}::int[]) as minute (ts, seconds)
          left join liquidation_orders one on one.venue = ${venue} and one.symbol = given.symbol
            and one.ts >= minute.ts and one.ts < minute.ts + interval '1 minute'
          group by given.symbol, minute.ts, minute.seconds
          having minute.seconds > 0 or count(one.ts) > 0
          order by given.symbol collate "C", minute.ts
          on conflict (venue, symbol, ts, source) do update set
            long_volume = excluded.long_volume, short_volume = excluded.short_volume,
            observed_seconds = greatest(known.observed_seconds, excluded.observed_seconds)
          where (known.long_volume, known.short_volume, known.observed_seconds) is distinct from
            (excluded.long_volume, excluded.short_volume, greatest(known.observed_seconds, excluded.observed_seconds))`
        await sql`
          insert into coverage as known (venue, symbol, dataset, covered, absent)
          select ${venue}, symbol, 'lq/stream',
            (select range_agg(tstzrange(minute.ts, minute.ts + interval '1 minute'))
             from unnest(${times}::timestamptz[], ${seconds}::int[]) as minute (ts, seconds)
             where minute.seconds >= ${WHOLE}), '{}'
          from unnest(${[...symbols]}::text[]) as given (symbol)
          where ${seconds.some((seen) => seen >= WHOLE)}
          order by symbol collate "C"
          on conflict (venue, symbol, dataset) do update set
            covered = known.covered + excluded.covered, updated_at = now()`
      }),
    )
  }

  async recover(until: number): Promise<void> {
    const end = new Date(until).toISOString()
    await keepTrying(
      this.#patience,
      () => this.#sql`
        insert into liquidations (venue, symbol, ts, source, long_volume, short_volume, observed_seconds)
        select venue, symbol, date_trunc('minute', ts) as minute, 'stream',
          coalesce(sum(coalesce(filled, quantity)) filter (where position_side = 'long'), 0),
          coalesce(sum(coalesce(filled, quantity)) filter (where position_side = 'short'), 0), 0
        from liquidation_orders
        where venue = ${this.#venue} and ts >= ${end}::timestamptz - interval '7 days' and ts < ${end}
        group by venue, symbol, minute
        order by symbol collate "C", minute
        on conflict (venue, symbol, ts, source) do nothing`,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.end({ timeout: 2 })
  }
}
