import { ceilTo, HOUR, MINUTE } from '../../lib/model/window.ts'
import { formatDecimal } from '../core/digits.ts'
import { hashAt, hashText, seriesSeed, unitAt } from '../core/hash.ts'
import type { SeededMarket } from '../core/seeded-market.ts'
import { type FundingRow, type FundingSource, takeEnd } from './funding.ts'
import type { Listing } from './listing.ts'

/** The venue settles a few milliseconds late. */
const JITTERS = [0, 0, 0, 1, 2, 5, 7, 18]
const SERIES = 50
const LATEST = Math.max(...JITTERS)
/** Older rows have no mark price. */
const FIRST_MARK_PRICE = Date.UTC(2023, 9, 31)

export interface SeededFundingOptions {
  readonly seed: string
  readonly hasRateType: boolean
  find(symbol: string): { readonly listing: Listing; readonly market: SeededMarket } | undefined
}

export function createSeededFunding({ seed, hasRateType, find }: SeededFundingOptions): FundingSource {
  const timeOf = (series: number, ts: number): number =>
    ts + (JITTERS[hashAt(series, ts / MINUTE) % JITTERS.length] ?? 0)
  const createRow = (listing: Listing, market: SeededMarket, series: number, ts: number): FundingRow => ({
    symbol: listing.symbol,
    fundingTime: timeOf(series, ts),
    fundingRate: createRate(series, ts / HOUR),
    markPrice: ts < FIRST_MARK_PRICE ? '' : createMarkPrice(listing, market, ts),
    ...(hasRateType ? { rateType: listing.specialFundings.includes(ts) ? 'Special' : 'Regular' } : {}),
  })
  return {
    hoursAt: (symbol, ts) => find(symbol)?.listing.fundingSteps.findLast((step) => step.from <= ts)?.hours,
    rows: (symbol, query) => {
      const known = find(symbol)
      if (!known) return []
      const series = seriesSeed(hashText(`${seed}:${symbol}`), SERIES)
      const times = listSettlements(known.listing, query.from - LATEST, query.to).filter((ts) => {
        const sent = timeOf(series, ts)
        return sent >= query.from && sent <= query.to
      })
      return takeEnd(times, query).map((ts) => createRow(known.listing, known.market, series, ts))
    },
  }
}

/** The exact hours at which funding is settled, from `from` to `to`. */
function listSettlements(
  { fundingSteps, specialFundings, endOfCandles }: Listing,
  from: number,
  to: number,
): number[] {
  const regular = fundingSteps.flatMap((step, index) => {
    const every = step.hours * HOUR
    const end = Math.min(to, endOfCandles, (fundingSteps[index + 1]?.from ?? Number.POSITIVE_INFINITY) - 1)
    const times: number[] = []
    for (let ts = ceilTo(Math.max(from, step.from), every); ts <= end; ts += every) times.push(ts)
    return times
  })
  const special = specialFundings.filter((ts) => ts >= from && ts <= to)
  return [...regular, ...special].toSorted((a, b) => a - b)
}

/** A third of the rates are the usual one basis point, the others lie around it. */
function createRate(series: number, hour: number): string {
  const unit = unitAt(series, hour)
  const units = unit < 1 / 3 ? 10_000 : Math.round((unit - 0.6) * 60_000)
  return `${units < 0 ? '-' : ''}${formatDecimal(Math.abs(units), 8)}`
}

/** Close to the candle's open, with eight decimals as an index has. */
function createMarkPrice(listing: Listing, market: SeededMarket, ts: number): string {
  const scale = 10 ** (8 - listing.priceDecimals)
  const units = market.priceAt(Math.floor(ts / MINUTE)) * scale
  return formatDecimal(units + (hashAt(hashText(listing.symbol), ts / MINUTE) % scale), 8)
}
