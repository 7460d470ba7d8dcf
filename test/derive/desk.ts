import { PostgresCandles } from '../../src/db/candles.ts'
import { PostgresStore } from '../../src/db/store.ts'
import { deriveIndex } from '../../src/lib/derive/derive-index.ts'
import type { DeriveOptions } from '../../src/lib/derive/derive-options.ts'
import { deriveRsi } from '../../src/lib/derive/derive-rsi.ts'
import { RunEventBus } from '../../src/lib/events.ts'
import type { Candle } from '../../src/lib/model/market.ts'
import { MINUTE, pointsToWindows, type Window } from '../../src/lib/model/window.ts'
import type { Lack } from '../../src/lib/pipeline/lack.ts'
import type { Store } from '../../src/lib/ports.ts'
import { systemClock } from '../../src/lib/time/clock.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'
import type { Closes } from './naive.ts'

export const START = Date.UTC(2026, 1, 1)
export const at = (minute: number): number => START + minute * MINUTE
export const windowOf = (from: number, to: number): Window => ({ from: at(from), to: at(to) })

/** Closes with falls, rises, and stretches without any change. */
export function makeCloses(from: number, to: number, seed = 1): Map<number, string> {
  const closes = new Map<number, string>()
  for (let minute = from; minute < to; minute += 1) {
    const wave = Math.sin(minute * (0.37 + seed / 10)) * 5 + Math.cos(minute / (40 + seed)) * 20
    closes.set(minute, (100 + (minute % 50 < 20 ? 0 : wave)).toFixed(4))
  }
  return closes
}

const candleOf = ([minute, close]: readonly [number, string]): Candle => ({
  ts: at(minute),
  open: close,
  high: close,
  low: close,
  close,
  volume: '1',
  quoteVolume: null,
  trades: null,
  takerBuyVolume: null,
  takerBuyQuoteVolume: null,
})

/** A database with what the derivations of one process need. */
export class Desk implements AsyncDisposable {
  readonly database: TestDatabase
  readonly store: PostgresStore
  readonly candles: PostgresCandles
  readonly events = new RunEventBus()
  /** Rows inserted and updated, by the events. */
  written = { inserted: 0, updated: 0 }

  private constructor(database: TestDatabase, url: string) {
    this.database = database
    const patience = { url, timeoutMs: 10_000, onWait: () => {} }
    this.store = new PostgresStore('binance', patience)
    this.candles = new PostgresCandles('binance', patience)
    this.events.on('batch:written', ({ inserted, updated }) => {
      this.written = { inserted: this.written.inserted + inserted, updated: this.written.updated + updated }
    })
  }

  static async open(): Promise<Desk> {
    const database = await createTestDatabase()
    return new Desk(database, database.url)
  }

  /** Another process on the same database. */
  beside(): Desk {
    return new Desk(this.database, this.database.url)
  }

  async close(): Promise<void> {
    await this.store[Symbol.asyncDispose]()
    await this.candles[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    await this.database[Symbol.asyncDispose]()
  }

  async clear(): Promise<void> {
    await this.database.sql`truncate ohlcv, rsi, mt_index, coverage`
    this.written = { inserted: 0, updated: 0 }
  }

  /** As a backfill brings them in; `covered` more than the candles where the venue has none. */
  async put(symbol: string, closes: Closes, covered?: readonly Window[]): Promise<void> {
    const candles = [...closes].map(candleOf)
    const times = candles.map(({ ts }) => ts)
    const windows = covered ?? pointsToWindows(times, MINUTE)
    const rows = this.store.encode(symbol, 'ohlcv', candles)
    const commit = { symbol, dataset: 'ohlcv', rows, covered: windows, absent: [], isFresh: false } as const
    await this.store.write([commit])
  }

  /** By hand: nobody knows of it. */
  async load(symbol: string, closes: Closes): Promise<void> {
    await this.database.sql`
      insert into ohlcv (venue, symbol, ts, open, high, low, close, volume)
      select 'binance', ${symbol}, to_timestamp(ts / 1000), close, close, close, close, 1
      from unnest(${[...closes.keys()].map(at)}::float8[], ${[...closes.values()]}::numeric[]) as given (ts, close)
      on conflict (venue, symbol, ts) do update set open = excluded.open, high = excluded.high, low = excluded.low,
        close = excluded.close`
  }

  options(change: Partial<DeriveOptions> = {}): DeriveOptions {
    const { store, candles, events } = this
    const { signal } = new AbortController()
    return { store, candles, events, clock: systemClock, signal, until: undefined, ...change }
  }

  rsi(symbol: string, change: Partial<DeriveOptions> = {}, period = 14): Promise<readonly Lack[]> {
    return deriveRsi({ symbol, period }, this.options(change))
  }

  index(change: Partial<DeriveOptions> = {}): Promise<readonly Lack[]> {
    return deriveIndex(this.options(change))
  }

  /** `minute rsi gain loss`, the doubles as they are read back. */
  async storedRsi(symbol: string, period = 14): Promise<string[]> {
    const rows = await this.database.sql<{ ts: Date; rsi: string; gain: string; loss: string }[]>`
      select ts, rsi::text, avg_gain::text as gain, avg_loss::text as loss from rsi
      where symbol = ${symbol} and period = ${period} order by ts`
    return rows.map(
      ({ ts, rsi, gain, loss }) => `${minuteOf(ts)} ${Number(rsi)} ${Number(gain)} ${Number(loss)}`,
    )
  }

  /** `minute close members`. */
  async storedIndex(): Promise<string[]> {
    const rows = await this.database.sql<{ ts: Date; close: string; members: number }[]>`
      select ts, close::text, members from mt_index order by ts`
    return rows.map(({ ts, close, members }) => `${minuteOf(ts)} ${Number(close)} ${members}`)
  }

  /** In minutes. */
  async coverage(dataset: 'rsi' | 'mt', symbol: string, variant?: string) {
    const known = (await this.store.coverage(dataset, [symbol], variant)).get(symbol)
    const toMinutes = ({ from, to }: Window) => [(from - START) / MINUTE, (to - START) / MINUTE]
    return { covered: known?.covered.map(toMinutes), absent: known?.absent.map(toMinutes) }
  }

  takeWritten(): { inserted: number; updated: number } {
    const written = this.written
    this.written = { inserted: 0, updated: 0 }
    return written
  }
}

const minuteOf = (ts: Date): number => (ts.getTime() - START) / MINUTE

/** The store, with something that happens just before a write of what was made. */
export function interrupt(store: Store, before: (write: number) => Promise<void>): Store {
  let writes = 0
  return {
    encode: (symbol, dataset, rows) => store.encode(symbol, dataset, rows),
    coverage: (dataset, symbols, variant) => store.coverage(dataset, symbols, variant),
    evidence: (dataset, symbol, window) => store.evidence(dataset, symbol, window),
    saveWanted: (series) => store.saveWanted(series),
    claim: (dataset, symbol, variant) => store.claim(dataset, symbol, variant),
    saveInstruments: (instruments, seenAt) => store.saveInstruments(instruments, seenAt),
    write: async (commits) => {
      writes += 1
      await before(writes)
      return store.write(commits)
    },
  }
}
