import { DAY, floorTo, HOUR, MINUTE } from '../../../lib/model/window.ts'
import type { BinanceMarket } from '../market.ts'

export interface NextFunding {
  /** Empty for a contract without funding. */
  readonly rate: string
  /** When it will be settled, a whole hour; 0 for a contract without funding. */
  readonly time: number
}

const NO_FUNDING: NextFunding = { rate: '', time: 0 }
const USUAL_RATE = '0.00010000'

/** What will be settled next, at the rate that REST will tell then; recorded rates that are not known yet are the usual one. */
export function createNextFunding(market: BinanceMarket): (symbol: string, now: number) => NextFunding {
  const kept = new Map<string, NextFunding>()
  return (symbol, now) => {
    const known = kept.get(symbol)
    if (known && known.time > now) return known
    const found = findNext(market, symbol, now)
    kept.set(symbol, found)
    return found
  }
}

function findNext(market: BinanceMarket, symbol: string, now: number): NextFunding {
  // A settlement is some milliseconds late on the wire, never early.
  const from = floorTo(now, MINUTE) + MINUTE
  const [row] = market.funding.rows(symbol, { from, to: from + DAY, limit: 1, end: 'oldest' })
  if (row) return { rate: row.fundingRate, time: floorTo(row.fundingTime, MINUTE) }
  const hours = market.funding.hoursAt(symbol, now)
  return hours === undefined
    ? NO_FUNDING
    : { rate: USUAL_RATE, time: floorTo(now, hours * HOUR) + hours * HOUR }
}
