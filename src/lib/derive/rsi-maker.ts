import type { RsiValue } from '../model/market.ts'
import { MINUTE, normalize, subtract, type Window } from '../model/window.ts'
import type { Closes, Store } from '../ports.ts'
import type { DeriveOptions } from './derive-options.ts'
import type { Draft } from './derived-writer.ts'
import { Rsi } from './math/rsi.ts'
import { clip, MinuteRuns } from './minutes.ts'
import { type RsiSeries, seriesOf } from './rsi-work.ts'

/** Makes the RSI of closes that come in ascending order; after a minute without one it begins anew. */
export class RsiMaker {
  readonly #symbol: string
  readonly #period: number
  readonly #rsi: Rsi
  readonly #candles = new MinuteRuns()
  readonly #points = new MinuteRuns()
  #rows: RsiValue[] = []
  #count = 0
  /** The minute after the last close. */
  #next: number
  /** Where the next draft begins. */
  #from: number

  private constructor({ symbol, period }: RsiSeries, rsi: Rsi, from: number) {
    this.#symbol = symbol
    this.#period = period
    this.#rsi = rsi
    this.#next = from
    this.#from = from
  }

  /** Goes on at `from` with what is stored of the minutes before it. */
  static async open(
    series: RsiSeries,
    from: number,
    { candles }: Pick<DeriveOptions, 'candles'>,
  ): Promise<RsiMaker> {
    const { symbol, period } = series
    const before = await readRun(candles.closes(symbol, { from: from - period * MINUTE, to: from }), from)
    const close = before.at(-1)
    if (close === undefined) return new RsiMaker(series, new Rsi(period), from)
    const last = await candles.lastBefore(seriesOf(series), from)
    if (last?.ts === from - MINUTE) return new RsiMaker(series, new Rsi(period, { ...last, close }), from)
    // Without averages the series is still warming up: these are all of its closes.
    const rsi = new Rsi(period)
    for (const earlier of before) rsi.push(earlier)
    return new RsiMaker(series, rsi, from)
  }

  /** Closes since the last draft. */
  get count(): number {
    return this.#count
  }

  push({ ts: times, close: closes }: Closes): void {
    this.#count += times.length
    for (let at = 0; at < times.length; at += 1) {
      const ts = times[at] ?? Number.NaN
      if (ts !== this.#next) this.#rsi.restart()
      this.#next = ts + MINUTE
      this.#candles.add(ts)
      const point = this.#rsi.push(closes[at] ?? Number.NaN)
      if (!point) continue
      this.#points.add(ts)
      const { rsi, averageGain, averageLoss } = point
      this.#rows.push({ ts, period: this.#period, rsi, averageGain, averageLoss })
    }
  }

  /** What was made since the last time, up to `to`, by default up to the last close; `asked`: see `RsiWork`. */
  take(asked: readonly Window[], store: Pick<Store, 'encode'>, to: number = this.#next): Draft | undefined {
    if (to <= this.#from) return undefined
    const window = { from: this.#from, to }
    const covered = normalize([...clip(asked, window), ...this.#candles.take()])
    const absent = subtract(covered, this.#points.take())
    const rows = store.encode(this.#symbol, 'rsi', this.#rows)
    this.#rows = []
    this.#count = 0
    this.#from = to
    return { rows, covered, absent, window }
  }
}

/** The closes of the unbroken minutes that end at `until`, oldest first. */
async function readRun(chunks: AsyncIterable<Closes>, until: number): Promise<number[]> {
  let run: number[] = []
  let next = Number.NaN
  for await (const { ts, close } of chunks) {
    for (const [at, time] of ts.entries()) {
      if (time !== next) run = []
      run.push(close[at] ?? Number.NaN)
      next = time + MINUTE
    }
  }
  return next === until ? run : []
}
