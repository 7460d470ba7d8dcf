import { VenueRefusedError, VenueUnavailableError } from '../../lib/errors.ts'
import { MINUTE } from '../../lib/model/window.ts'
import { type ChosenSymbol, chooseSymbols, findNearMatches } from '../../lib/symbols/choose-symbols.ts'
import { readNames } from '../../lib/symbols/read-symbol.ts'
import type { Listing } from '../../lib/venue/listing.ts'
import { findArchived, writeOutEver } from './archived-symbols.ts'
import type { RunContext } from './open-run.ts'

export interface Refused {
  readonly symbol: string
  readonly reason: string
}

/** The symbols of a run. */
export interface PreparedSymbols {
  /** Those that the venue knows. */
  readonly symbols: readonly ChosenSymbol[]
  /** Of those, what only the archive has (any more): the API is not asked for it. */
  readonly gone: readonly string[]
  /** Those that it does not know, with near matches. */
  readonly refused: readonly Refused[]
  /** What was asked for, as the venue writes it. */
  readonly names: readonly string[]
  /** What was written otherwise, a line each. */
  readonly taken: readonly string[]
}

export interface SymbolTerms {
  /** The venue's time. */
  readonly now: number
  readonly isSaved: boolean
  /** What the list does not have is looked for in the archive too. */
  readonly usesArchive?: boolean
}

/** Asks the venue for its list, saves it, and tries what is not in it. */
export async function prepareSymbols(
  run: RunContext,
  written: readonly string[],
  { now, isSaved, usesArchive = false }: SymbolTerms,
): Promise<PreparedSymbols> {
  const { session, signal, store, venue } = run
  const listing = await session.readListing(signal)
  if (isSaved) session.odd.tell(await store.saveInstruments(listing.instruments, now))
  const listed = new Set(listing.instruments.map(({ symbol }) => symbol))
  const isListed = (name: string): boolean => listed.has(name) || name.toLowerCase() === 'all'
  const archived = await findArchived(run, written, { usesArchive, isListed })
  const all = writeOutEver(written, archived)
  const { names, taken, refused: unread } = readNames(all, listing.instruments)
  for (const message of taken) run.events.emit('note', { message })
  const chosen = chooseSymbols(names, listing.instruments, venue)
  if (chosen.length === 0 && unread.length === 0) {
    throw new VenueUnavailableError(`${venue.host} lists no tradable USDT perpetual`, {
      hint: 'run the same command again later, or name the symbols with --symbols',
    })
  }
  const misread = unread.map(({ symbol, reason }) => refuse(run, listing, { symbol, message: reason }))
  const isArchived = ({ symbol }: ChosenSymbol): boolean => !listed.has(symbol) && archived.has(symbol)
  const asked = chosen.filter((one) => !isArchived(one))
  const unknown = await refuseUnknown(run, asked, listing, now)
  const refused = [...findLost(names, listing), ...misread, ...unknown]
  const symbols = chosen.filter(({ symbol }) => !refused.some((other) => other.symbol === symbol))
  const gone = symbols.filter(isArchived).map(({ symbol }) => symbol)
  return { symbols, gone, refused, names, taken }
}

/** Who wants all of the list lacks what could not be read of it. */
function findLost(names: readonly string[], { odd }: Listing): Refused[] {
  if (!names.some((name) => name.toLowerCase() === 'all')) return []
  return odd
    .filter(({ isLost }) => isLost)
    .map(({ name, reason }) => ({
      symbol: name ?? 'an entry without a name',
      reason: `its entry in the list cannot be read: ${reason}`,
    }))
}

/** A symbol that is not listed may be a delisted one: only the venue's own answer tells. */
async function refuseUnknown(
  run: RunContext,
  chosen: readonly ChosenSymbol[],
  listing: Listing,
  now: number,
): Promise<Refused[]> {
  const { session, signal, venue } = run
  const source = venue.routes.ohlcv
  const refused: Refused[] = []
  for (const { symbol } of chosen.filter(({ isListed }) => !isListed)) {
    try {
      const window = { from: now - MINUTE, to: now }
      const request = source?.firstRequest?.(symbol, window) ?? source?.questions[0].request(symbol, window)
      if (request) await session.client.fetch({ request, parse: () => undefined }, signal)
    } catch (error) {
      if (!(error instanceof VenueRefusedError)) throw error
      refused.push(refuse(run, listing, { symbol, message: error.message, details: error.details }))
    }
  }
  return refused
}

/** Names what may be meant, and records it. */
function refuse(
  { events }: RunContext,
  { instruments }: Listing,
  refusal: { symbol: string; message: string; details?: Readonly<Record<string, unknown>> },
): Refused {
  const { symbol, message, details } = refusal
  const near = findNearMatches(symbol, instruments)
  const reason = `${message}${near.length > 0 ? `; did you mean ${near.join(', ')}?` : ''}`
  events.emit('failure', {
    type: 'venue_refused',
    message: `${symbol}: ${reason}`,
    details: { ...details, symbol, near },
    severity: 'error',
  })
  return { symbol, reason }
}
