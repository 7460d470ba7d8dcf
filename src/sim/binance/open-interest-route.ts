import type { Answer } from '../core/answer.ts'
import { formatDecimal } from '../core/digits.ts'
import type { Route } from '../core/venue-desk.ts'
import { weigh } from './limits.ts'
import type { BinanceMarket } from './market.ts'
import { createSeededStatistics, type SeededStatistics } from './seeded-statistics.ts'
import { WIRE_ERRORS } from './wire-errors.ts'

/** The open interest of this moment, of the same making as the statistics' snapshots. */
export function createOpenInterestRoute(market: BinanceMarket, seed: string, now: () => number): Route {
  const made = new Map<string, SeededStatistics>()
  return {
    path: '/fapi/v1/openInterest',
    cost: () => weigh(1),
    answer: (query) => {
      const symbol = query.get('symbol')
      if (!symbol) return WIRE_ERRORS.missing('symbol')
      return answerOpenInterest(symbol, { market, seed, made, now: now() })
    },
  }
}

interface Scene {
  readonly market: BinanceMarket
  readonly seed: string
  readonly made: Map<string, SeededStatistics>
  readonly now: number
}

function answerOpenInterest(symbol: string, { market, seed, made, now }: Scene): Answer {
  const listing = market.listing(symbol)
  if (!listing || !market.isKnown(symbol, now)) return WIRE_ERRORS.badSymbol()
  if (market.status(symbol, now) !== 'TRADING') return WIRE_ERRORS.badStatus()
  const statistics = made.get(symbol) ?? createSeededStatistics(seed, listing)
  made.set(symbol, statistics)
  const openInterest = formatDecimal(statistics.openInterestAt(now), listing.sizeDecimals)
  return { status: 200, body: JSON.stringify({ symbol, openInterest, time: now }) }
}
