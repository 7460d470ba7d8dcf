import { MINUTE, type Window } from '../../model/window.ts'

/** One minute with a candle: the sum of its members' returns. */
export interface ReturnSum {
  readonly ts: number
  readonly sum: number
  readonly members: number
}

/** In `#members`: not even a candle. */
const NO_CANDLE = -1

/** The returns of one window of the market index, summed by minute while the symbols come in one after the other. */
export class MarketIndexChunk {
  readonly #window: Window
  readonly #before: ReadonlyMap<string, number>
  readonly #closes = new Map<string, number>()
  readonly #sums: Float64Array
  readonly #members: Int32Array
  #symbol: string | undefined

  /** `before`: the closes of the minute before the window, by symbol. */
  constructor(window: Window, before: ReadonlyMap<string, number>) {
    const length = (window.to - window.from) / MINUTE
    if (window.from % MINUTE !== 0 || !Number.isSafeInteger(length) || length < 1)
      throw new RangeError(
        `a chunk is one minute or more, and whole ones, not ${window.from} to ${window.to}`,
      )
    this.#window = window
    this.#before = before
    this.#sums = new Float64Array(length)
    this.#members = new Int32Array(length).fill(NO_CANDLE)
  }

  /** See `MarketIndex.push`. */
  push(symbol: string, ts: ArrayLike<number>, close: ArrayLike<number>): void {
    if (this.#symbol !== undefined && symbol <= this.#symbol)
      throw new RangeError(`symbols must ascend, but ${symbol} comes after ${this.#symbol}`)
    if (ts.length !== close.length)
      throw new RangeError(`${symbol} has ${ts.length} minutes and ${close.length} closes`)
    this.#symbol = symbol
    this.#add(symbol, ts, close)
  }

  /** Minutes with a candle, ascending. */
  *minutes(): Generator<ReturnSum> {
    for (const [at, members] of this.#members.entries()) {
      if (members === NO_CANDLE) continue
      yield { ts: this.#window.from + at * MINUTE, sum: this.#sums[at] ?? 0, members }
    }
  }

  /** Closes of the last minute of the window, by symbol. */
  get closes(): ReadonlyMap<string, number> {
    return this.#closes
  }

  #add(symbol: string, ts: ArrayLike<number>, close: ArrayLike<number>): void {
    const [sums, members, from] = [this.#sums, this.#members, this.#window.from]
    let last = this.#before.get(symbol) ?? 0
    let lastSlot = last > 0 ? -1 : -2
    for (let at = 0; at < ts.length; at += 1) {
      const slot = ((ts[at] ?? Number.NaN) - from) / MINUTE
      const value = close[at] ?? Number.NaN
      const known = slot > lastSlot ? members[slot] : undefined
      // No number at a fraction of a minute, outside of the window, or out of order.
      if (known === undefined || !(value > 0 && value < Number.POSITIVE_INFINITY))
        throw new RangeError(`${symbol} has the close ${value} at ${ts[at]}: out of order, range or window`)
      const counted = known === NO_CANDLE ? 0 : known
      const isMember = slot === lastSlot + 1
      members[slot] = isMember ? counted + 1 : counted
      if (isMember) sums[slot] = (sums[slot] ?? 0) + (value / last - 1)
      last = value
      lastSlot = slot
    }
    if (lastSlot === sums.length - 1) this.#closes.set(symbol, last)
  }
}
