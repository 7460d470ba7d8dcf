import { madeFor } from '../derive/derivations.ts'
import type { DeriveOptions } from '../derive/derive-options.ts'
import { MAKERS } from '../derive/makers.ts'
import type { RsiSeries } from '../derive/rsi-work.ts'
import { ExactTakerVolume } from '../derive/taker/exact.ts'
import { INDEX_SYMBOL } from '../model/market.ts'
import { floorTo, MINUTE, SECOND, type Window } from '../model/window.ts'
import type { Candles, VolumeReader } from '../ports.ts'
import type { HealContext } from './heal.ts'
import type { RebuildWatch } from './rebuild-watch.ts'

/** A minute of all symbols is taken to be whole so long after its end. */
const INDEX_DELAY = 10 * SECOND
/** While one waits for the database the other computes. */
const AT_ONCE = 2
/** Minutes of one transaction: so much live rows may have to wait for. */
const MINUTES_AT_ONCE = 2_000
/** Repaired symbols of one turn, so that others wait no longer than that. */
const SYMBOLS_AT_A_TIME = 50

export interface IndicatorOptions {
  readonly context: HealContext
  readonly candles: Candles
  readonly volumes: VolumeReader
  /** Undefined: no RSI. */
  readonly period: number | undefined
  /** Whether what was committed is in the database, and not on the disk. */
  readonly isDirect: () => boolean
  /** Whether history is being filled: an index of all symbols would be made anew with each of its pages. */
  readonly isFilling: () => boolean
  /** Asked before each part of the work. */
  readonly turn: () => Promise<void>
  /** Of what is made of long history. */
  readonly watch: RebuildWatch
}

/** What is made of candles: RSI and index go on from what is stored, taker volume of repaired minutes from the candles. */
export class Indicators {
  readonly #options: IndicatorOptions
  /** Symbols with candles of which no RSI was made yet. */
  #changed = new Set<string>()
  /** Repaired windows by symbol. */
  readonly #repaired = new Map<string, Window>()
  #indexUntil = 0
  #isIndexChanged = true

  constructor(options: IndicatorOptions) {
    this.#options = options
  }

  /** Candles of the feed are stored. */
  noteCandles(symbols: Iterable<string>): void {
    for (const symbol of symbols) this.#changed.add(symbol)
  }

  /** Candles were stored of which no taker volume came with them. */
  noteRepair(symbols: readonly string[], window: Window): void {
    for (const symbol of symbols) {
      const known = this.#repaired.get(symbol) ?? window
      this.#repaired.set(symbol, {
        from: Math.min(known.from, window.from),
        to: Math.max(known.to, window.to),
      })
    }
    this.noteCandles(symbols)
    this.#isIndexChanged = true
  }

  /** Makes what is to be made now. What fails is made the next time. */
  async make(): Promise<void> {
    if (!this.#options.isDirect()) return
    const { period, isFilling } = this.#options
    if (period !== undefined) {
      await this.#makeSymbols(period)
      if (!isFilling()) await this.#makeIndex(period)
      if (this.#changed.size === 0) this.#options.watch.end()
    }
    await this.#makeTakerVolume()
  }

  async #makeTakerVolume(): Promise<void> {
    const { context, volumes: reader, turn } = this.#options
    for (const [symbol, wanted] of [...this.#repaired].slice(0, SYMBOLS_AT_A_TIME)) {
      const { store, events, signal, venueNow } = context
      await turn()
      const options = { store, reader, events, signal, wanted, now: venueNow(), keepsWeighted: true }
      await new ExactTakerVolume(options).run(symbol)
      if (this.#repaired.get(symbol) === wanted) this.#repaired.delete(symbol)
    }
  }

  async #makeSymbols(period: number): Promise<void> {
    const waiting = [...this.#changed]
    this.#changed = new Set()
    if (waiting.length > 0) this.#isIndexChanged = true
    const queue = waiting.values()
    const work = async (): Promise<void> => {
      for (const symbol of queue) {
        try {
          if (!(await this.#makeAll({ symbol, period }, undefined))) this.#changed.add(symbol)
        } catch (error) {
          for (const left of [symbol, ...queue]) this.#changed.add(left)
          throw error
        }
      }
    }
    const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, work))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }

  async #makeIndex(period: number): Promise<void> {
    const until = floorTo(this.#options.context.venueNow() - INDEX_DELAY, MINUTE)
    if (!this.#isIndexChanged && until === this.#indexUntil) return
    this.#isIndexChanged = false
    try {
      if (!(await this.#makeAll({ symbol: INDEX_SYMBOL, period }, until))) this.#isIndexChanged = true
      this.#indexUntil = until
    } catch (error) {
      this.#isIndexChanged = true
      throw error
    }
  }

  /** Whether all of a symbol could be made. */
  async #makeAll(of: RsiSeries, until: number | undefined): Promise<boolean> {
    let isWhole = true
    for (const { dataset } of madeFor(of.symbol)) {
      const lacks = await MAKERS[dataset].make(of, this.#deriveOptions(until))
      if (lacks.length > 0) isWhole = false
    }
    return isWhole
  }

  #deriveOptions(until: number | undefined): DeriveOptions {
    const { context, candles, turn, watch } = this.#options
    const { store, events, clock, signal } = context
    const onProgress = watch.note.bind(watch)
    const manners = { minutesAtOnce: MINUTES_AT_ONCE, turn, onProgress }
    return { store, candles, events, clock, signal, until, manners }
  }
}
