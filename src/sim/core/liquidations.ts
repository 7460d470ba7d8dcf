import { DAY, floorTo, MINUTE, type Window } from '../../lib/model/window.ts'
import { formatDecimal } from './digits.ts'
import { type LiquidationMarket, type LiquidationOrder, LiquidationOrders } from './liquidation-orders.ts'

/** What was liquidated in a stretch of time, in size units (base) and price units × size units (quote). */
export interface LiquidationSums {
  readonly openTime: number
  readonly long: number
  readonly short: number
  readonly longQuote: number
  readonly shortQuote: number
}

/** Days of sums that are kept, over all symbols. */
const MAX_DAYS = 4_000

interface SymbolOrders {
  readonly orders: LiquidationOrders
  /** Start of the first candle's minute. */
  readonly since: number
}

/** Liquidations of a whole venue, order by order and minute by minute, from the same orders. */
export class Liquidations {
  readonly #seed: string
  readonly #find: (symbol: string) => LiquidationMarket | undefined
  readonly #symbols = new Map<string, SymbolOrders>()
  readonly #days = new Map<string, readonly LiquidationSums[]>()

  /** `find` tells undefined for a symbol that the venue does not know. */
  constructor(seed: string, find: (symbol: string) => LiquidationMarket | undefined) {
    this.#seed = seed
    this.#find = find
  }

  /** Nothing was liquidated before; infinite for a symbol without liquidations. */
  since(symbol: string): number {
    return this.#open(symbol)?.since ?? Number.POSITIVE_INFINITY
  }

  /** The orders of a window, those of its open minute to come too, ascending by time. */
  orders(symbol: string, { from, to }: Window): LiquidationOrder[] {
    const orders: LiquidationOrder[] = []
    const source = this.#open(symbol)
    if (!source) return orders
    const first = Math.max(source.since, floorTo(from, MINUTE))
    for (let openTime = first; openTime < to; openTime += MINUTE) orders.push(...source.orders.at(openTime))
    return orders.filter(({ time }) => time >= from && time < to)
  }

  /** The whole minutes whose start lies in the window and in which something was liquidated, ascending. */
  minutes(symbol: string, { from, to }: Window): LiquidationSums[] {
    const minutes: LiquidationSums[] = []
    const source = this.#open(symbol)
    if (!source) return minutes
    const first = floorTo(Math.max(source.since, from), DAY)
    for (let day = first; day < to; day += DAY) minutes.push(...this.#day(symbol, source.orders, day))
    return minutes.filter(({ openTime }) => openTime >= from && openTime < to)
  }

  #open(symbol: string): SymbolOrders | undefined {
    const known = this.#symbols.get(symbol)
    if (known) return known
    const market = this.#find(symbol)
    if (!market) return undefined
    const made = { orders: new LiquidationOrders(this.#seed, market), since: market.since }
    this.#symbols.set(symbol, made)
    return made
  }

  #day(symbol: string, source: LiquidationOrders, from: number): readonly LiquidationSums[] {
    const key = `${symbol} ${from}`
    const kept = this.#days.get(key)
    if (kept) return kept
    const made: LiquidationSums[] = []
    for (let openTime = from; openTime < from + DAY; openTime += MINUTE) {
      const orders = source.at(openTime)
      if (orders.length > 0) made.push(sumOrders(openTime, orders))
    }
    const [oldest] = this.#days.keys()
    if (this.#days.size >= MAX_DAYS && oldest !== undefined) this.#days.delete(oldest)
    this.#days.set(key, made)
    return made
  }
}

/** What the orders of one minute come to. */
export function sumOrders(openTime: number, orders: readonly LiquidationOrder[]): LiquidationSums {
  const sums = { openTime, long: 0, short: 0, longQuote: 0, shortQuote: 0 }
  for (const { positionSide, sizeUnits, priceUnits } of orders) {
    sums[positionSide] += sizeUnits
    sums[`${positionSide}Quote`] += sizeUnits * priceUnits
  }
  return sums
}

/** A decimal as a JSON number has it, exactly: `0`, `12.5`, no zeros at the end. */
export function formatPlain(units: number, decimals: number): string {
  const text = formatDecimal(units, decimals)
  return decimals === 0 ? text : text.replace(/\.?0+$/, '')
}
