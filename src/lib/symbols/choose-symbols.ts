import { closest, distance } from 'fastest-levenshtein'
import type { Instrument } from '../model/market.ts'
import { stepsTo as slipsTo } from '../text/near.ts'
import type { Venue } from '../venue/venue.ts'

export interface ChosenSymbol {
  readonly symbol: string
  /** Listed as trading: the venue is expected to have a row for each newest minute. */
  readonly isLive: boolean
  readonly isListed: boolean
  /** When it was listed by the venue's word; null if unknown. Its first row may be earlier, hardly later. */
  readonly listedSince: number | null
  /** When its trading ends or ended by the venue's word; null if unknown. */
  readonly endsAt: number | null
  /** It is tradable, in sessions. */
  readonly hasSessions: boolean
}

/** The symbols of a run: names as given, also those that are not listed (any more), or all that are tradable. */
export function chooseSymbols(
  names: readonly string[],
  instruments: readonly Instrument[],
  venue: Venue,
): ChosenSymbol[] {
  const listed = new Map(instruments.map((instrument) => [instrument.symbol, instrument]))
  const isAll = names.some((name) => name.toLowerCase() === 'all')
  const tradable = instruments
    .filter((instrument) => venue.isTradable(instrument))
    .map(({ symbol }) => symbol)
  const chosen = isAll
    ? [...tradable.toSorted(), ...names.filter((name) => name.toLowerCase() !== 'all')]
    : names
  return [...new Set(chosen)].map((symbol) => {
    const instrument = listed.get(symbol)
    const isTraded = instrument !== undefined && venue.isTradable(instrument)
    const isLive = isTraded && venue.isContinuous(instrument)
    return {
      symbol,
      isListed: instrument !== undefined,
      isLive,
      listedSince: instrument?.onboardTs ?? null,
      endsAt: instrument?.deliveryTs ?? null,
      hasSessions: isTraded && !isLive,
    }
  })
}

/** Listed names that a misspelt one may have meant, the nearest first: that which differs in case alone, then what begins with it. */
export function findNearMatches(
  symbol: string,
  instruments: readonly Pick<Instrument, 'symbol'>[],
  most = 3,
): string[] {
  const names = instruments.map((instrument) => instrument.symbol)
  const wanted = symbol.toUpperCase().replace(/[^\p{L}\p{N}]/gu, '')
  if (names.length === 0 || wanted === '') return []
  const reach = Math.max(2, Math.floor(wanted.length / 3))
  const stepsTo = (name: string): number => {
    const plain = name.toUpperCase().replace(/[^\p{L}\p{N}]/gu, '')
    return slipsTo(wanted, plain)
  }
  const near = names
    .map((name) => ({ name, steps: stepsTo(name) }))
    .filter(({ steps }) => steps <= reach)
    .toSorted((a, b) => a.steps - b.steps || a.name.length - b.name.length || (a.name < b.name ? -1 : 1))
  if (near.length > 0) return near.slice(0, most).map(({ name }) => name)
  const only = closest(wanted, names)
  return distance(wanted, only) <= wanted.length / 2 ? [only] : []
}
