/** What Wilder's RSI needs to go on: the two averages, in units of the price, and the last close. Doubles, unrounded. */
export interface RsiState {
  readonly averageGain: number
  readonly averageLoss: number
  readonly close: number
}

/** `rsi` is 0 … 100; the averages are those of `RsiState` after this close. */
export interface RsiPoint {
  readonly rsi: number
  readonly averageGain: number
  readonly averageLoss: number
}

/**
 * Wilder's RSI over one unbroken series of closes, fed in order of time, without rounding.
 *
 * Both averages start as the mean of the first `period` changes, so the close number `period + 1` gives the first
 * point; then `average = (average × (period − 1) + change) / period`.
 *
 * The points are equal to the last bit however the series is cut, if each instance begins with the `state` of the one
 * before. A series that ends before its first point has no state: the next instance begins without one and is fed the
 * closes of the series again, from its first, at most `period` of them.
 */
export class Rsi {
  readonly #period: number
  #averageGain = 0
  #averageLoss = 0
  #close = Number.NaN
  /** Changes seen; never more than `period`, from which on the averages hold. */
  #changes = 0

  /** `period` is a whole number ≥ 1; `state` that of the close before the first that will be pushed. */
  constructor(period: number, state?: RsiState) {
    if (!Number.isInteger(period) || period < 1)
      throw new RangeError(`the period of an RSI is a whole number from 1 on, not ${period}`)
    this.#period = period
    if (state) this.#resume(state)
  }

  /** The next close; undefined while there are fewer than `period` changes. Throws for what is not a finite number. */
  push(close: number): RsiPoint | undefined {
    if (!Number.isFinite(close)) throw new RangeError(`a close must be a finite number, not ${close}`)
    const change = close - this.#close
    this.#close = close
    // The first close of a series has none before it to differ from.
    if (Number.isNaN(change)) return undefined
    if (this.#changes < this.#period) this.#seed(change)
    else this.#smooth(change)
    return this.#changes < this.#period ? undefined : this.#point()
  }

  /** Undefined before the first point of a series. */
  get state(): RsiState | undefined {
    if (this.#changes < this.#period) return undefined
    return { averageGain: this.#averageGain, averageLoss: this.#averageLoss, close: this.#close }
  }

  /** The next close begins a new series: what comes after a gap must not be compared with what was before it. */
  restart(): void {
    this.#averageGain = 0
    this.#averageLoss = 0
    this.#close = Number.NaN
    this.#changes = 0
  }

  #resume({ averageGain, averageLoss, close }: RsiState): void {
    const isSound = averageGain >= 0 && averageLoss >= 0 && Number.isFinite(averageGain + averageLoss + close)
    if (!isSound)
      throw new RangeError(`an RSI cannot go on from averages ${averageGain}, ${averageLoss} at ${close}`)
    this.#averageGain = averageGain
    this.#averageLoss = averageLoss
    this.#close = close
    this.#changes = this.#period
  }

  /** While warming up the averages are sums. */
  #seed(change: number): void {
    this.#averageGain += gainOf(change)
    this.#averageLoss += gainOf(-change)
    this.#changes += 1
    if (this.#changes < this.#period) return
    this.#averageGain /= this.#period
    this.#averageLoss /= this.#period
  }

  #smooth(change: number): void {
    this.#averageGain = (this.#averageGain * (this.#period - 1) + gainOf(change)) / this.#period
    this.#averageLoss = (this.#averageLoss * (this.#period - 1) + gainOf(-change)) / this.#period
  }

  #point(): RsiPoint {
    const [averageGain, averageLoss] = [this.#averageGain, this.#averageLoss]
    const both = averageGain + averageLoss
    // Neither gain nor loss favours no side; libraries answer 100, 0 or NaN here.
    const rsi = both === 0 ? 50 : 100 * (averageGain / both)
    return { rsi, averageGain, averageLoss }
  }
}

const gainOf = (change: number): number => (change > 0 ? change : 0)
