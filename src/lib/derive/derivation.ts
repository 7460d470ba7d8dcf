import { type Dataset, INDEX_SYMBOL } from '../model/market.ts'
import { ceilTo, floorTo, MINUTE, totalSpan } from '../model/window.ts'
import type { Lack } from '../pipeline/lack.ts'
import { type JobEstimate, sumWork } from '../plan/estimate.ts'
import { madeOfCandles } from '../plan/wanted-series.ts'
import { type MadeDataset, type MadeEntry, madeFor, USUAL_PERIOD } from './derivations.ts'
import type { DeriveOptions, Work } from './derive-options.ts'
import { candleLacks, type Wanted, windowOf } from './lacks.ts'
import { MAKERS } from './makers.ts'
import { clip } from './minutes.ts'
import { coverageOf, type RsiSeries } from './rsi-work.ts'

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

interface FoundWork {
  readonly dataset: MadeDataset
  readonly symbol: string
  readonly work: Work
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
    return estimate(await this.#findWork())
  }

  async run(): Promise<DerivationResult> {
    await this.#tellPlan()
    const results = await this.#makeSymbols()
    results.push(await this.#makeSymbol(INDEX_SYMBOL))
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
    const found = await this.#findWork()
    // Whatever the candles allow, and nothing before they begin.
    await this.#options.store.saveWanted(
      found.map(({ dataset, symbol, work }) =>
        madeOfCandles(MAKERS[dataset].seriesOf(this.#of(symbol)), work.window),
      ),
    )
    const jobs = sumWork(estimate(found))
    if (jobs.length > 0) this.#options.events.emit('run:plan', { symbols: this.#symbols.length, jobs })
  }

  /** Of all series, in the order in which they are made. */
  async #findWork(): Promise<readonly FoundWork[]> {
    const found: FoundWork[] = []
    for (const symbol of [...this.#symbols, INDEX_SYMBOL]) {
      const known = new Map<Dataset, Work>()
      for (const { dataset, from } of madeFor(symbol)) {
        const own = await MAKERS[dataset].findWork(this.#of(symbol), this.#options)
        const work = from.map((one) => known.get(one)).reduce(joinWork, own)
        if (!work) continue
        known.set(dataset, work)
        found.push({ dataset, symbol, work })
      }
    }
    return found
  }

  /** Everything of a symbol, in order: where something could not be made, what is made of it is not tried. */
  async #makeSymbol(symbol: string, signal = this.#options.signal): Promise<DerivationResult> {
    const lacks: Lack[] = []
    let absentMinutes = 0
    for (const entry of madeFor(symbol)) {
      if (lacks.some((lack) => entry.from.includes(lack.dataset))) continue
      const made = await this.#make(entry, symbol, signal)
      lacks.push(...made.lacks)
      absentMinutes += made.absentMinutes
    }
    return { lacks, absentMinutes }
  }

  async #make(
    { dataset, needsAll }: MadeEntry,
    symbol: string,
    signal: AbortSignal,
  ): Promise<DerivationResult> {
    const { seriesOf, make } = MAKERS[dataset]
    const made = await make(this.#of(symbol), { ...this.#options, signal })
    if (needsAll) return this.#conclude(dataset, symbol, { lacks: made, absentMinutes: 0 })
    const series = seriesOf(this.#of(symbol))
    const { covered = [], absent = [] } = (await coverageOf(this.#options, series)) ?? {}
    const window = windowOf(this.#wanted, covered)
    const absentMinutes = window ? totalSpan(clip(absent, window)) / MINUTE : 0
    // What could not be made for another reason is not missing, and the index has no candles of its own.
    const lacks =
      made.length > 0 || symbol === INDEX_SYMBOL
        ? made
        : candleLacks(series, this.#wanted, covered, await this.#hasCandles(symbol))
    return this.#conclude(dataset, symbol, { lacks, absentMinutes })
  }

  async #hasCandles(symbol: string): Promise<boolean> {
    const { since, until, now } = this.#wanted
    const window = { from: since, to: until ?? now }
    if (window.from >= window.to) return false
    return (await this.#options.candles.firstMinute(symbol, [window])) !== undefined
  }

  #of(symbol: string): RsiSeries {
    return { symbol, period: this.#period }
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

const estimate = (found: readonly FoundWork[]): JobEstimate[] =>
  found.map(({ dataset, symbol, work: { window, rows } }) => {
    return { dataset, symbol, gaps: [window], requests: 0, rows, costs: {} }
  })

/** What is still to be made takes with it what is made of it: the RSI of the index all minutes of the index. */
function joinWork(one: Work | undefined, other: Work | undefined): Work | undefined {
  if (!one || !other) return one ?? other
  const from = Math.min(one.window.from, other.window.from)
  const to = Math.max(one.window.to, other.window.to)
  return { window: { from, to }, rows: (to - from) / MINUTE }
}
