import type { StreamClaims } from '../../db/stream-claims.ts'
import { DAY, floorTo, MINUTE } from '../../lib/model/window.ts'
import type { Changes } from '../../lib/stream/universe.ts'
import { chooseSymbols } from '../../lib/symbols/choose-symbols.ts'
import { isInShare, type Share } from '../../lib/symbols/share.ts'
import type { Listing } from '../../lib/venue/listing.ts'
import type { RunContext } from '../run/open-run.ts'

/** A symbol that was listed so lately is wanted from its first minute on. */
const NEW = DAY

/** What is asked for by name stays as long as it is listed as traded; with `all`, what is new comes too. */
export function createFindChanges(
  { venue, session }: RunContext,
  names: readonly string[],
  claims: StreamClaims,
  share?: Share,
): (listing: Listing, current: readonly string[]) => Promise<Changes> {
  const isAll = names.some((name) => name.toLowerCase() === 'all')
  return async (listing, current) => {
    const now = session.venueTime ?? 0
    const chosen = chooseSymbols(names, listing.instruments, venue)
    const tradable = new Set(
      listing.instruments.filter((one) => venue.isTradable(one)).map(({ symbol }) => symbol),
    )
    const known = new Map(listing.instruments.map((one) => [one.symbol, one]))
    const unread = new Set(listing.odd.filter(({ isLost }) => isLost).map(({ name }) => name))
    // What the list never had, or has in words that cannot be read, may be traded all the same.
    const gone = current.filter(
      (symbol) => !tradable.has(symbol) && !unread.has(symbol) && (isAll || known.has(symbol)),
    )
    const isOurs = (symbol: string): boolean => share === undefined || isInShare(symbol, share)
    const fresh = chosen.filter(
      ({ symbol }) => isOurs(symbol) && tradable.has(symbol) && !current.includes(symbol),
    )
    const added = []
    for (const symbol of fresh) {
      if ((await claims.take([symbol.symbol])).length > 0) continue
      const { listedSince } = symbol
      const isNew = listedSince !== null && now - listedSince < NEW
      added.push({ ...symbol, ...(isNew ? { since: floorTo(listedSince, MINUTE) } : {}) })
    }
    const removed = gone.map((symbol) => ({ symbol, endedAt: known.get(symbol)?.deliveryTs ?? undefined }))
    return { added, removed }
  }
}
