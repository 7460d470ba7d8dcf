/** Prices are in units of the last price decimal, sizes in units of the last size decimal, all whole numbers. */
export interface CandleColumns {
  readonly open: Float64Array
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
  readonly volume: Float64Array
  /** Price units × size units. */
  readonly quoteVolume: Float64Array
  readonly trades: Float64Array
  readonly takerBuyVolume: Float64Array
  readonly takerBuyQuoteVolume: Float64Array
}

export function createColumns(length: number): CandleColumns {
  return {
    open: new Float64Array(length),
    high: new Float64Array(length),
    low: new Float64Array(length),
    close: new Float64Array(length),
    volume: new Float64Array(length),
    quoteVolume: new Float64Array(length),
    trades: new Float64Array(length),
    takerBuyVolume: new Float64Array(length),
    takerBuyQuoteVolume: new Float64Array(length),
  }
}
