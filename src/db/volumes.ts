import type { TakerMethod } from '../lib/model/market.ts'
import type { Window } from '../lib/model/window.ts'
import type { MinuteVolume, VolumeReader } from '../lib/ports.ts'
import { connect, type Sql } from './connect.ts'
import { keepTrying, type Patience } from './patience.ts'

interface Part {
  readonly from: number
  readonly to: number
}

/** The `VolumeReader` of one venue in PostgreSQL. */
export class PostgresVolumes implements VolumeReader, AsyncDisposable {
  readonly #venue: string
  readonly #patience: Patience
  readonly #sql: Sql

  constructor(venue: string, patience: Patience) {
    this.#venue = venue
    this.#patience = patience
    this.#sql = connect(patience.url, { max: 2, applicationName: 'perpctl volumes' })
  }

  volumes(symbol: string, { from, to }: Window): Promise<readonly MinuteVolume[]> {
    return keepTrying(
      this.#patience,
      () => this.#sql<MinuteVolume[]>`
        select (extract(epoch from ts) * 1000)::float8 as ts, volume::text, taker_buy_volume::text as "takerBuyVolume"
        from ohlcv
        where venue = ${this.#venue} and symbol = ${symbol} and ts >= ${new Date(from)} and ts < ${new Date(to)}
        order by ts`,
    )
  }

  candleWindows(symbol: string, window: Window): Promise<readonly Window[]> {
    return this.#minutes(symbol, window, (sql) => sql`ohlcv where true`)
  }

  takerWindows(symbol: string, window: Window, method: TakerMethod): Promise<readonly Window[]> {
    return this.#minutes(symbol, window, (sql) => sql`taker_volume where method = ${method}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.end({ timeout: 2 })
  }

  /** The minutes that have a row, as windows. */
  #minutes(
    symbol: string,
    { from, to }: Window,
    rows: (sql: Sql) => ReturnType<Sql>,
  ): Promise<readonly Window[]> {
    return keepTrying(
      this.#patience,
      () => this.#sql<Part[]>`
        select (extract(epoch from lower(part)) * 1000)::float8 as from,
          (extract(epoch from upper(part)) * 1000)::float8 as to
        from unnest((
          select range_agg(tstzrange(ts, ts + interval '1 minute')) from ${rows(this.#sql)}
            and venue = ${this.#venue} and symbol = ${symbol} and ts >= ${new Date(from)} and ts < ${new Date(to)}
        )) as part order by part`,
    )
  }
}
