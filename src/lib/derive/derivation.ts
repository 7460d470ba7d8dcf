import { type Dataset, INDEX_SYMBOL } from '../model/market.ts'
import { ceilTo, floorTo, MINUTE, totalSpan } from '../model/window.ts'
import type { Lack } from '../pipeline/lack.ts'
import { type JobEstimate, sumWork } from '../plan/estimate.ts'
import { madeOfCandles } from '../plan/wanted-series.ts'
import { deriveIndex } from './derive-index.ts'
import type { DeriveOptions, Work } from './derive-options.ts'
import { deriveRsi } from './derive-rsi.ts'
import { findIndexWork } from './index-work.ts'
import { candleLacks, type Wanted, windowOf } from './lacks.ts'
import { clip } from './minutes.ts'
import { coverageOf, findRsiWork, seriesOf, USUAL_PERIOD } from './rsi-work.ts'

/** While one waits for the database the other computes. */
const SYMBOLS_AT_ONCE = 2

export interface DerivationOptions extends Omit<DeriveOptions, 'until'>, Wanted {
  /** Beside the index, which is made of all symbols whatever is asked for. */
  readonly symbols: readonly string[]
  readonly period?: number
}

export interface DerivationResult {
  readonly lacks: readonly Lack[]
  /** Known to be without an RSI: no candle, or too few before it. */
  readonly absentMinutes: number
}

/** RSI of symbols, the index of all symbols, and the RSI of that, from stored candles: everything not yet made. */
export class Derivation {
  readonly #options: DerivationOptions
  readonly #wanted: Wanted
  readonly #period: number
  readonly #symbols: readonly string[]

  constructor(options: DerivationOptions) {
    const { since, until, now } = options
    const end = until === undefined ? undefined : floorTo(until, MINUTE)
    this.#wanted = { since: ceilTo(since, MINUTE), until: end, now: floorTo(now, MINUTE) }
    this.#options = { ...options, ...this.#wanted }
    this.#period = options.period ?? USUAL_PERIOD
    this.#symbols = [...new Set(options.symbols)].filter((symbol) => symbol !== INDEX_SYMBOL)
  }

  /** What a run would make now, at most, and nothing else. Jobs without work are left out. */
  async plan(): Promise<readonly JobEstimate[]> {
    const jobs: JobEstimate[] = []
    const plan = (dataset: Dataset, symbol: string, work: Work | undefined): void => {
      if (work) jobs.push({ dataset, symbol, gaps: [work.window], requests: 0, rows: work.rows, costs: {} })
    }
    for (const symbol of this.#symbols) {
      const { work } = await findRsiWork({ symbol, period: this.#period }, this.#options)
      plan('rsi', symbol, work)
    }
    const index = (await findIndexWork(this.#options)).work
    plan('mt', INDEX_SYMBOL, index)
    const ofIndex = await findRsiWork({ symbol: INDEX_SYMBOL, period: this.#period }, this.#options)
    plan('rsi', INDEX_SYMBOL, joinWork(index, ofIndex.work))
    return jobs
  }

  async run(): Promise<DerivationResult> {
    await this.#tellPlan()
    const results = await this.#makeSymbols()
    results.push(await this.#makeIndex())
    return {
      lacks: results.flatMap(({ lacks }) => lacks).toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1)),
      absentMinutes: results.reduce((sum, { absentMinutes }) => sum + absentMinutes, 0),
    }
  }

  /** The first error stops the other one as well, which writes what it has in hand before it is thrown. */
  async #makeSymbols(): Promise<DerivationResult[]> {
    const failures: unknown[] = []
    const stop = new AbortController()
    const signal = AbortSignal.any([this.#options.signal, stop.signal])
    const results: DerivationResult[] = []
    const symbols = this.#symbols.values()
    const work = async (): Promise<void> => {
      for (const symbol of symbols) results.push(await this.#makeSymbol(symbol, signal))
    }
    const workers = Array.from({ length: SYMBOLS_AT_ONCE }, () =>
      work().catch((error: unknown) => {
        failures.push(error)
        stop.abort(error)
      }),
    )
    await Promise.all(workers)
    if (failures.length > 0) throw failures[0]
    return results
  }

  async #tellPlan(): Promise<void> {
    const planned = await this.plan()
    await this.#saveWanted(planned)
    const jobs = sumWork(planned)
    if (jobs.length > 0) this.#options.events.emit('run:plan', { symbols: this.#symbols.length, jobs })
  }

  /** Whatever the candles allow, and nothing before they begin. */
  async #saveWanted(planned: readonly JobEstimate[]): Promise<void> {
    const series = planned.flatMap(({ dataset, symbol, gaps: [window] }) => {
      const one = dataset === 'rsi' ? seriesOf({ symbol, period: this.#period }) : { dataset, symbol }
      return window ? [madeOfCandles(one, window)] : []
    })
    await this.#options.store.saveWanted(series)
  }

  async #makeSymbol(symbol: string, signal: AbortSignal): Promise<DerivationResult> {
    const made = await deriveRsi({ symbol, period: this.#period }, { ...this.#options, signal })
    const { covered, absentMinutes } = await this.#readMade(symbol)
    const { since, until, now } = this.#wanted
    const window = { from: since, to: until ?? now }
    const first = since < window.to ? await this.#options.candles.firstMinute(symbol, [window]) : undefined
    // What could not be made for another reason is not missing.
    const lacks = made.length > 0 ? made : candleLacks(symbol, this.#wanted, covered, first !== undefined)
    return this.#conclude('rsi', symbol, { lacks, absentMinutes })
  }

  async #makeIndex(): Promise<DerivationResult> {
    const lacks = await deriveIndex(this.#options)
    this.#conclude('mt', INDEX_SYMBOL, { lacks, absentMinutes: 0 })
    if (lacks.length > 0) return { lacks, absentMinutes: 0 }
    const ofRsi = await deriveRsi({ symbol: INDEX_SYMBOL, period: this.#period }, this.#options)
    const { absentMinutes } = await this.#readMade(INDEX_SYMBOL)
    return this.#conclude('rsi', INDEX_SYMBOL, { lacks: ofRsi, absentMinutes })
  }

  async #readMade(symbol: string) {
    const series = seriesOf({ symbol, period: this.#period })
    const { covered = [], absent = [] } = (await coverageOf(this.#options, series)) ?? {}
    const window = windowOf(this.#wanted, covered)
    return { covered, absentMinutes: window ? totalSpan(clip(absent, window)) / MINUTE : 0 }
  }

  #conclude(dataset: Dataset, symbol: string, result: DerivationResult): DerivationResult {
    const { events } = this.#options
    for (const { reason, minutes } of result.lacks) {
      events.emit('job:failed', { dataset, symbol, reason })
      const message = `${dataset} of ${symbol}: ${reason}`
      events.emit('failure', {
        type: 'not_made',
        message,
        details: { symbol, dataset, minutes },
        severity: 'error',
      })
    }
    if (result.lacks.length === 0) events.emit('job:done', { dataset, symbol })
    return result
  }
}

/** The RSI of the index is made of what is made of the index before it. */
function joinWork(index: Work | undefined, rsi: Work | undefined): Work | undefined {
  if (!index || !rsi) return index ?? rsi
  const from = Math.min(index.window.from, rsi.window.from)
  const to = Math.max(index.window.to, rsi.window.to)
  return { window: { from, to }, rows: (to - from) / MINUTE }
}
