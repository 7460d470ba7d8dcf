import type { Window } from '../../model/window.ts'
import { MarketIndexChunk } from './market-index-chunk.ts'

/** Close of the index in the first minute in which any member has a candle. */
const BASE = 100

/** What the index needs to go on from `until`, the end of the last chunk. */
export interface MarketIndexState {
  readonly until: number
  /** The last close of the index. */
  readonly close: number
  /** Close of each symbol that has a candle in the minute before `until`; no other can be needed. */
  readonly closes: ReadonlyMap<string, number>
}

/** One minute in which at least one symbol has a candle. */
export interface MarketIndexPoint {
  readonly ts: number
  readonly close: number
  /** Symbols with candles in this minute and in the one before; with none the close is unchanged. */
  readonly members: number
}

/**
 * The equally weighted index of a market: 100 in the first minute with a candle, moved in each further minute by the
 * mean of its members' returns `close[t] / close[t − 1] − 1`.
 *
 * It is fed by chunks: `begin` a window, `push` each symbol's closes of that window, `finish` for its points. Each
 * minute sums its returns in the order of the symbols, so its close is equal to the last bit however the minutes are
 * cut into chunks, resumed ones included. Memory: two numbers for each minute of the chunk and one for each symbol.
 * After an error it is of no further use: a part of a symbol may be counted.
 */
export class MarketIndex {
  #close: number | undefined
  /** End of the chunk under way, or of the last one. */
  #until = Number.NEGATIVE_INFINITY
  #closes: ReadonlyMap<string, number> = new Map()
  #chunk: MarketIndexChunk | undefined

  constructor(state?: MarketIndexState) {
    if (!state) return
    this.#close = state.close
    this.#until = state.until
    this.#closes = state.closes
  }

  /** Starts the next chunk: whole minutes, not before the end of the last one. Minutes left out have no candles. */
  begin(window: Window): void {
    if (this.#chunk) throw new RangeError('the chunk before is not finished')
    if (!(window.from >= this.#until))
      throw new RangeError(`a chunk from ${window.from} is before ${this.#until}, where the last one ended`)
    this.#chunk = new MarketIndexChunk(window, window.from === this.#until ? this.#closes : new Map())
    this.#until = window.to
  }

  /**
   * The candles of one symbol in the window: starts of minutes, ascending, and as many closes > 0. Symbols come in
   * ascending order of their code units (`toSorted()`), each at most once; those without candles may be left out.
   */
  push(symbol: string, ts: ArrayLike<number>, close: ArrayLike<number>): void {
    this.#running().push(symbol, ts, close)
  }

  /** The points of the chunk, ascending. */
  finish(): MarketIndexPoint[] {
    const chunk = this.#running()
    const points: MarketIndexPoint[] = []
    for (const { ts, sum, members } of chunk.minutes()) {
      const close = this.#close === undefined ? BASE : move(this.#close, sum, members)
      points.push({ ts, close, members })
      this.#close = close
    }
    this.#closes = chunk.closes
    this.#chunk = undefined
    return points
  }

  /** As of the last finished chunk; undefined before the first candle. */
  get state(): MarketIndexState | undefined {
    if (this.#chunk) throw new RangeError('a chunk under way has no state')
    if (this.#close === undefined) return undefined
    return { until: this.#until, close: this.#close, closes: this.#closes }
  }

  #running(): MarketIndexChunk {
    if (!this.#chunk) throw new RangeError('no chunk was begun')
    return this.#chunk
  }
}

const move = (close: number, sum: number, members: number): number =>
  members === 0 ? close : close * (1 + sum / members)
