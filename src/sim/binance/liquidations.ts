import { rowAt } from '../core/candle-block.ts'
import type { CandleSource } from '../core/candle-source.ts'
import type { LiquidationCandle, LiquidationMarket } from '../core/liquidation-orders.ts'
import { Liquidations } from '../core/liquidations.ts'
import type { KlineRow } from './kline-row.ts'
import type { Listing } from './listing.ts'
import type { BinanceMarket } from './market.ts'

/** The liquidations of a market, from its candles. */
export function createLiquidations(seed: string, market: BinanceMarket, now: () => number): Liquidations {
  const { source } = market.klines
  return new Liquidations(seed, (symbol): LiquidationMarket | undefined => {
    const listing = market.shown(now()).find((known) => known.symbol === symbol)
    const life = source.life(symbol)
    if (!listing || !life) return undefined
    const candle = (openTime: number) =>
      openTime >= life.from && openTime < life.to ? readCandle(source, listing, openTime) : undefined
    return { ...listing, since: life.from, candle }
  })
}

function readCandle(source: CandleSource, listing: Listing, openTime: number): LiquidationCandle | undefined {
  const block = source.block(listing.symbol, openTime)
  const row = rowAt(block, openTime)
  if (block.openTimes[row] !== openTime) return undefined
  const text = block.bytes.toString('latin1', block.offsets[row], (block.offsets[row + 1] ?? 1) - 1)
  const [, open, high, low, close, volume]: KlineRow = JSON.parse(text)
  const toUnits = (decimal: string, decimals: number): number => Math.round(Number(decimal) * 10 ** decimals)
  const { priceDecimals, sizeDecimals } = listing
  return {
    open: toUnits(open, priceDecimals),
    high: toUnits(high, priceDecimals),
    low: toUnits(low, priceDecimals),
    close: toUnits(close, priceDecimals),
    volume: toUnits(volume, sizeDecimals),
  }
}
