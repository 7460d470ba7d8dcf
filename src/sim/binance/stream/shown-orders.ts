import { ceilTo, floorTo, MINUTE, SECOND, type Window } from '../../../lib/model/window.ts'
import type { LiquidationOrder } from '../../core/liquidation-orders.ts'
import type { Liquidations } from '../../core/liquidations.ts'

/** From an order to its frame; in those recorded on 2026-10-08 it is 1,005. */
export const ORDER_LAG_MS = 1_005

/** What the stream shows of the liquidations: of each symbol and second one. */
export class ShownOrders {
  readonly #liquidations: Liquidations
  readonly #choice: 'largest' | 'latest'

  constructor(liquidations: Liquidations, choice: 'largest' | 'latest') {
    this.#liquidations = liquidations
    this.#choice = choice
  }

  /** Ascending by time; those to come too. */
  of(symbol: string, { from, to }: Window): LiquidationOrder[] {
    const whole = { from: floorTo(from, SECOND), to: ceilTo(to, SECOND) }
    const bySecond = Map.groupBy(this.#liquidations.orders(symbol, whole), ({ time }) =>
      floorTo(time, SECOND),
    )
    return [...bySecond.values()]
      .map((orders) => orders.reduce((best, order) => (this.#isBetter(order, best) ? order : best)))
      .filter(({ time }) => time >= from && time < to)
  }

  /** All orders of these symbols in the minute that starts then, ascending by time. */
  minute(symbols: readonly string[], openTime: number): (LiquidationOrder & { readonly symbol: string })[] {
    return symbols
      .flatMap((symbol) =>
        this.of(symbol, { from: openTime, to: openTime + MINUTE }).map((order) => ({ ...order, symbol })),
      )
      .toSorted((a, b) => a.time - b.time)
  }

  #isBetter(order: LiquidationOrder, best: LiquidationOrder): boolean {
    return this.#choice === 'latest' ? order.time >= best.time : order.sizeUnits > best.sizeUnits
  }
}
