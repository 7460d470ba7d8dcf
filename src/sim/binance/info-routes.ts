import { floorTo, HOUR } from '../../lib/model/window.ts'
import type { Answer } from '../core/answer.ts'
import type { Route } from '../core/venue-desk.ts'
import { renderExchangeInfo } from './exchange-info.ts'
import { weigh } from './limits.ts'
import type { Listing } from './listing.ts'
import type { BinanceMarket } from './market.ts'
import { WIRE_ERRORS } from './wire-errors.ts'

const json = (value: unknown, rows = 0): Answer => ({ status: 200, body: JSON.stringify(value), rows })

export function createInfoRoutes(market: BinanceMarket, now: () => number, weightLimit: number): Route[] {
  const exchangeInfo = createExchangeInfo(market, weightLimit)
  return [
    { path: '/fapi/v1/ping', cost: () => weigh(1), answer: () => json({}) },
    { path: '/fapi/v1/time', cost: () => weigh(1), answer: () => json({ serverTime: now() }) },
    { path: '/fapi/v1/exchangeInfo', cost: () => weigh(1), answer: () => exchangeInfo(now()) },
    {
      path: '/fapi/v1/premiumIndex',
      cost: (query) => weigh(query.has('symbol') ? 1 : 10),
      answer: (query) => answerPremiumIndex(query.get('symbol'), market, now()),
    },
  ]
}

/** Rendered seldom: its `serverTime` is two to eight hours old, as the real one's. */
function createExchangeInfo(market: BinanceMarket, weightLimit: number): (now: number) => Answer {
  let kept: { key: string; answer: Answer } | undefined
  return (now) => {
    const listings = market.shown(now)
    const renderedAt = floorTo(now, 6 * HOUR) - 2 * HOUR
    const key = `${renderedAt} ${listings.length} ${market.countChanges(now)}`
    if (kept?.key !== key) {
      const body = Buffer.from(renderExchangeInfo(listings, { serverTime: renderedAt, weightLimit }))
      kept = { key, answer: { status: 200, body, rows: listings.length } }
    }
    return kept.answer
  }
}

function answerPremiumIndex(symbol: string | null, market: BinanceMarket, now: number): Answer {
  const listings = market.shown(now)
  if (symbol === null) {
    const rows = listings.flatMap((listing) => describe(listing, market, now))
    return json(rows, rows.length)
  }
  const [row] = listings
    .filter((listing) => listing.symbol === symbol)
    .flatMap((listing) => describe(listing, market, now))
  return row ? json(row, 1) : WIRE_ERRORS.badSymbol()
}

function describe({ symbol }: Listing, market: BinanceMarket, now: number) {
  const markPrice = market.markPrice(symbol, now)
  if (markPrice === undefined) return []
  const hours = market.funding.hoursAt(symbol, now)
  const last = market.funding.rows(symbol, { from: now - 24 * HOUR, to: now, limit: 1, end: 'newest' }).at(0)
  return [
    {
      symbol,
      markPrice,
      indexPrice: markPrice,
      estimatedSettlePrice: markPrice,
      // A contract with a delivery date has no funding.
      lastFundingRate: hours === undefined ? '' : (last?.fundingRate ?? '0.00010000'),
      interestRate: hours === undefined ? '' : '0.00010000',
      nextFundingTime: hours === undefined ? 0 : floorTo(now, hours * HOUR) + hours * HOUR,
      time: now,
    },
  ]
}
