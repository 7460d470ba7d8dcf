import { UsageError } from '../../lib/errors.ts'
import { HOUR, MINUTE, type Window } from '../../lib/model/window.ts'
import { createListing, type Listing } from './listing.ts'

/**
 * From the venue time `at` on, a whole minute, the symbol has this status. The first `TRADING` of a symbol is its listing:
 * nothing is known of it before. Any other ends its candles.
 */
export interface ListingChange {
  readonly symbol: string
  readonly at: number
  readonly status: 'TRADING' | 'SETTLING' | 'CLOSE'
}

/** Throws a UsageError where a change lies within a minute. */
export function orderChanges(changes: readonly ListingChange[]): ListingChange[] {
  const ragged = changes.find(({ at }) => at % MINUTE !== 0)
  if (ragged) {
    throw new UsageError(`${ragged.symbol} cannot change its status within a minute, at ${ragged.at}`, {
      hint: 'give the start of a minute',
    })
  }
  return changes.toSorted((a, b) => a.at - b.at)
}

const beginOf = (symbol: string, changes: readonly ListingChange[]): number | undefined =>
  changes.find((change) => change.symbol === symbol && change.status === 'TRADING')?.at

const endOf = (symbol: string, changes: readonly ListingChange[]): number | undefined =>
  changes.find((change) => change.symbol === symbol && change.status !== 'TRADING')?.at

/** When there are candles; undefined where no change tells. */
export function lifeOf(symbol: string, changes: readonly ListingChange[]): Window | undefined {
  const [from, to] = [beginOf(symbol, changes), endOf(symbol, changes)]
  if (from === undefined && to === undefined) return undefined
  return { from: from ?? Number.NEGATIVE_INFINITY, to: to ?? Number.POSITIVE_INFINITY }
}

/** Undefined where no change tells. */
export const statusOf = (
  symbol: string,
  changes: readonly ListingChange[],
  now: number,
): ListingChange['status'] | undefined =>
  changes.findLast((change) => change.symbol === symbol && change.at <= now)?.status

/** The listings with the dates that the changes give them; a listed symbol that is not among them is a plain one. */
export function applyChanges(listings: readonly Listing[], changes: readonly ListingChange[]): Listing[] {
  const known = new Set(listings.map(({ symbol }) => symbol))
  const listed = changes.filter(({ symbol, status }) => status === 'TRADING' && !known.has(symbol))
  const added = new Map(
    listed.map(({ symbol, at }) => [symbol, createListing({ symbol, basePrice: 10, firstCandle: at })]),
  )
  return [...listings, ...added.values()].map((listing) => applyTo(listing, changes))
}

function applyTo(listing: Listing, changes: readonly ListingChange[]): Listing {
  const begin = beginOf(listing.symbol, changes)
  const end = endOf(listing.symbol, changes)
  return {
    ...listing,
    ...(begin === undefined
      ? {}
      : {
          firstCandle: begin,
          onboardDate: begin,
          status: 'TRADING',
          isShown: true,
          fundingSteps: [{ from: begin + 8 * HOUR, hours: 8 }],
        }),
    ...(end === undefined ? {} : { endOfCandles: end, deliveryDate: end }),
  }
}
