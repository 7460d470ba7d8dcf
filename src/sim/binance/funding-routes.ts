import type { Answer } from '../core/answer.ts'
import type { PageQuery } from '../core/candle-source.ts'
import type { Route } from '../core/venue-desk.ts'
import { FUNDING_SHAPE, takeEnd } from './funding.ts'
import { FUNDING_COST } from './limits.ts'
import type { BinanceMarket } from './market.ts'
import { readRange } from './parameters.ts'
import { WIRE_ERRORS } from './wire-errors.ts'

const LIMITS = { fallback: 100, max: 1_000 }

export function createFundingRoutes(market: BinanceMarket, now: () => number): Route[] {
  const cost = () => FUNDING_COST
  return [
    {
      path: '/fapi/v1/fundingRate',
      shape: FUNDING_SHAPE,
      cost,
      answer: (query) => answerFundingRate(query, market, now()),
    },
    { path: '/fapi/v1/fundingInfo', cost, answer: () => answerFundingInfo(market, now()) },
  ]
}

function answerFundingRate(query: URLSearchParams, market: BinanceMarket, now: number): Answer {
  const range = readRange(query, LIMITS)
  if ('status' in range) return range
  const symbol = query.get('symbol')
  if (symbol !== null && !market.isKnown(symbol, now)) return WIRE_ERRORS.badSymbol()
  const symbols = symbol === null ? market.shown(now).map((listing) => listing.symbol) : [symbol]
  // A start asks for the oldest rows from there, without one the newest ones come.
  const page: PageQuery = {
    from: range.startTime ?? 0,
    to: Math.min(range.endTime ?? now, now),
    limit: range.limit,
    end: range.startTime === undefined ? 'newest' : 'oldest',
  }
  const found = symbols.flatMap((name) => market.funding.rows(name, page))
  const rows = takeEnd(
    symbols.length > 1 ? found.toSorted((a, b) => a.fundingTime - b.fundingTime) : found,
    page,
  )
  return { status: 200, body: JSON.stringify(rows), rows: rows.length }
}

const infoRow = (symbol: string, fundingIntervalHours: number, cap: string, updateTime: number) => ({
  symbol,
  adjustedFundingRateCap: cap,
  adjustedFundingRateFloor: `-${cap}`,
  fundingIntervalHours,
  disclaimer: false,
  updateTime,
})

/** Only symbols whose interval or bounds were changed, and contracts of the coin-margined market among them. */
function answerFundingInfo(market: BinanceMarket, now: number): Answer {
  const adjusted = market.shown(now).flatMap(({ symbol, firstCandle }) => {
    const hours = market.funding.hoursAt(symbol, now)
    return hours === undefined || hours === 8 ? [] : [infoRow(symbol, hours, '0.02000000', firstCandle)]
  })
  const coinMargined = ['BTCUSD_PERP', 'ETHUSD_PERP'].map((symbol) =>
    infoRow(symbol, 8, '0.00300000', 1_782_777_600_000),
  )
  return { status: 200, body: JSON.stringify([...adjusted, ...coinMargined]), rows: adjusted.length + 2 }
}
