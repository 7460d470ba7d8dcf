import { MINUTE } from '../../lib/model/window.ts'
import { formatDecimal } from './digits.ts'
import { hashText, seriesSeed, unitAt } from './hash.ts'

export type PositionSide = 'long' | 'short'

/** A position that the venue closed, as one order. */
export interface LiquidationOrder {
  /** Venue time. */
  readonly time: number
  /** The side of the position, not of the order. */
  readonly positionSide: PositionSide
  readonly price: string
  /** In base asset, with all size decimals of the symbol. */
  readonly quantity: string
  /** The same in units of the last price decimal and the last size decimal. */
  readonly priceUnits: number
  readonly sizeUnits: number
}

/** Prices in units of the last price decimal, volume in units of the last size decimal. */
export interface LiquidationCandle {
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
}

/** What liquidations of one symbol are made from. */
export interface LiquidationMarket {
  readonly symbol: string
  readonly priceDecimals: number
  /** Smallest price step, in price units. */
  readonly tickUnits: number
  readonly sizeDecimals: number
  /** Share of the minutes in which somebody trades: few liquidations where it is low. */
  readonly activity: number
  /** Start of its first candle's minute. */
  readonly since: number
  /** The whole minute's candle; undefined where there is none. */
  candle(openTime: number): LiquidationCandle | undefined
}

/** Orders in one minute, at most. */
const MAX_ORDERS = 8
/** Share of a minute's volume that is liquidated, at most. */
const MAX_SHARE = 0.1
/** Minutes that lie in a burst, or not, together. */
const BURST_MINUTES = 20
const BURST_SHARE = 0.02
const RATE_IN_BURST = 0.8
/** Who trades in less than this share of the minutes is quiet, and has this share of the liquidations of others. */
const QUIET_BELOW = 0.9
const QUIET_SHARE = 0.1
/** Of the liquidated positions, those that the candle went against. */
const LOSING_SHARE = 0.85

/** The orders of one symbol: a pure function of seed, symbol and minute. */
export class LiquidationOrders {
  readonly #market: LiquidationMarket
  readonly #series: Readonly<Record<'burst' | 'hit' | 'count' | 'time' | 'side' | 'price' | 'size', number>>
  /** Share of the minutes with liquidations, outside of bursts; and share of the time in bursts. */
  readonly #rate: number
  readonly #burstShare: number

  constructor(seed: string, market: LiquidationMarket) {
    const own = hashText(`${seed}:${market.symbol}:liquidations`)
    const series = (number: number): number => seriesSeed(own, number)
    this.#market = market
    this.#series = {
      burst: series(1),
      hit: series(2),
      count: series(3),
      time: series(4),
      side: series(5),
      price: series(6),
      size: series(7),
    }
    const liveliness = market.activity * (market.activity < QUIET_BELOW ? QUIET_SHARE : 1)
    this.#rate = (0.03 + 0.17 * unitAt(series(8), 0)) * liveliness
    this.#burstShare = BURST_SHARE * liveliness
  }

  /** The orders of the minute that starts then, ascending by time. */
  at(openTime: number): LiquidationOrder[] {
    const minute = openTime / MINUTE
    const wanted = this.#countAt(minute)
    const candle = wanted > 0 ? this.#market.candle(openTime) : undefined
    if (!candle) return []
    const room = Math.floor(candle.volume * MAX_SHARE)
    const count = Math.min(wanted, room)
    const orders = Array.from({ length: count }, (_, index) =>
      this.#order(openTime, minute * MAX_ORDERS + index, candle, Math.floor(room / count)),
    )
    return orders.toSorted((a, b) => a.time - b.time)
  }

  #countAt(minute: number): number {
    const { burst, hit, count } = this.#series
    const isBurst = unitAt(burst, Math.floor(minute / BURST_MINUTES)) < this.#burstShare
    if (unitAt(hit, minute) >= (isBurst ? RATE_IN_BURST : this.#rate)) return 0
    const many = unitAt(count, minute)
    return 1 + Math.floor(isBurst ? many * MAX_ORDERS : many * many * 3)
  }

  #order(openTime: number, index: number, candle: LiquidationCandle, maxSize: number): LiquidationOrder {
    const { priceDecimals, sizeDecimals, tickUnits } = this.#market
    const { time, side, price, size } = this.#series
    const steps = Math.floor((candle.high - candle.low) / tickUnits) + 1
    const priceUnits = candle.low + Math.floor(unitAt(price, index) * steps) * tickUnits
    const share = unitAt(size, index)
    const sizeUnits = 1 + Math.floor((maxSize - 1) * share * share * share)
    return {
      time: openTime + Math.floor(unitAt(time, index) * MINUTE),
      positionSide: unitAt(side, index) < longShare(candle) ? 'long' : 'short',
      price: formatDecimal(priceUnits, priceDecimals),
      quantity: formatDecimal(sizeUnits, sizeDecimals),
      priceUnits,
      sizeUnits,
    }
  }
}

function longShare({ open, close }: LiquidationCandle): number {
  if (open === close) return 0.5
  return close < open ? LOSING_SHARE : 1 - LOSING_SHARE
}
