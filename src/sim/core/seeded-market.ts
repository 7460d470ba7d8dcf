import type { CandleColumns } from './candle-columns.ts'
import { hashAt, hashText, seriesSeed, unitAt } from './hash.ts'
import { PricePath } from './price-path.ts'

export interface MarketProfile {
  readonly symbol: string
  /** Middle of the price range, in ticks; at least 200. */
  readonly baseTicks: number
  /** Price units (of the last decimal) per tick. */
  readonly tickUnits: number
  /** Typical volume of a minute, in size units; at least 1. */
  readonly minuteVolume: number
  readonly minuteTrades: number
  /** Share of the minutes in which somebody trades, in (0, 1]. */
  readonly activity: number
}

/** One minute in each group of this size always trades: the price of a quiet minute is never further away. */
const GROUP = 16

const seriesOf = (seed: number) => ({
  quiet: seriesSeed(seed, 1),
  wiggle: seriesSeed(seed, 2),
  high: seriesSeed(seed, 3),
  low: seriesSeed(seed, 4),
  volume: seriesSeed(seed, 5),
  trades: seriesSeed(seed, 6),
  taker: seriesSeed(seed, 7),
  takerPrice: seriesSeed(seed, 8),
  makerPrice: seriesSeed(seed, 9),
})

/** The candles of one symbol: minute t is a pure function of seed, symbol and t. */
export class SeededMarket {
  readonly #profile: MarketProfile
  readonly #path: PricePath
  readonly #series: ReturnType<typeof seriesOf>
  /** How far a wick may reach, in ticks. */
  readonly #wickTicks: number

  constructor(seed: string, profile: MarketProfile) {
    const symbolSeed = hashText(`${seed}:${profile.symbol}`)
    this.#profile = profile
    this.#path = new PricePath(symbolSeed, profile.baseTicks)
    this.#series = seriesOf(symbolSeed)
    this.#wickTicks = 1 + Math.floor(profile.baseTicks * 0.0005)
  }

  /** Price units at the start of a minute, moving on through quiet minutes too: what a mark price follows. */
  priceAt(minute: number): number {
    return this.#path.at(minute) * this.#profile.tickUnits
  }

  /** Fills rows 0 … count − 1 with the minutes `first`, `first + 1` … (minutes since the epoch). */
  fill(columns: CandleColumns, first: number, count: number): void {
    let lastClose = this.#closeBefore(first)
    for (let row = 0; row < count; row += 1) {
      const minute = first + row
      if (this.#isQuiet(minute)) fillFlat(columns, row, lastClose * this.#profile.tickUnits)
      else lastClose = this.#fillActive(columns, row, minute, lastClose)
    }
  }

  #isQuiet(minute: number): boolean {
    const { activity } = this.#profile
    return activity < 1 && minute % GROUP !== 0 && unitAt(this.#series.quiet, minute) >= activity
  }

  #closeBefore(minute: number): number {
    let last = minute - 1
    while (this.#isQuiet(last)) last -= 1
    return this.#path.at(last + 1)
  }

  #fillActive(columns: CandleColumns, row: number, minute: number, lastClose: number): number {
    const { tickUnits } = this.#profile
    const wiggle = hashAt(this.#series.wiggle, minute) & 7
    const open = lastClose + (wiggle === 0 ? 1 : wiggle === 1 ? -1 : 0)
    const close = this.#path.at(minute + 1)
    const high = Math.max(open, close) + Math.floor(unitAt(this.#series.high, minute) * (this.#wickTicks + 1))
    const low = Math.min(open, close) - Math.floor(unitAt(this.#series.low, minute) * (this.#wickTicks + 1))
    columns.open[row] = open * tickUnits
    columns.high[row] = high * tickUnits
    columns.low[row] = low * tickUnits
    columns.close[row] = close * tickUnits
    this.#fillVolumes(columns, row, minute, { low: low * tickUnits, high: high * tickUnits })
    return close
  }

  #fillVolumes(
    columns: CandleColumns,
    row: number,
    minute: number,
    range: { low: number; high: number },
  ): void {
    const { minuteVolume, minuteTrades } = this.#profile
    const burst = unitAt(this.#series.volume, minute)
    const factor = 0.1 + 3 * burst * burst * burst
    const volume = Math.max(1, Math.floor(minuteVolume * factor))
    const taker = Math.floor(volume * (0.2 + 0.6 * unitAt(this.#series.taker, minute)))
    const width = range.high - range.low + 1
    const takerPrice = range.low + Math.floor(width * unitAt(this.#series.takerPrice, minute))
    const makerPrice = range.low + Math.floor(width * unitAt(this.#series.makerPrice, minute))
    const trades = Math.floor(minuteTrades * factor * (0.7 + 0.6 * unitAt(this.#series.trades, minute)))
    columns.volume[row] = volume
    columns.takerBuyVolume[row] = taker
    columns.takerBuyQuoteVolume[row] = taker * takerPrice
    columns.quoteVolume[row] = taker * takerPrice + (volume - taker) * makerPrice
    columns.trades[row] = Math.max(1, Math.min(volume, trades))
  }
}

function fillFlat(columns: CandleColumns, row: number, price: number): void {
  columns.open[row] = price
  columns.high[row] = price
  columns.low[row] = price
  columns.close[row] = price
  columns.volume[row] = 0
  columns.quoteVolume[row] = 0
  columns.trades[row] = 0
  columns.takerBuyVolume[row] = 0
  columns.takerBuyQuoteVolume[row] = 0
}
