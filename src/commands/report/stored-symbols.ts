import type { Sql } from '../../db/connect.ts'
import { storedNames } from '../../db/instruments.ts'
import { findNearMatches } from '../../lib/symbols/choose-symbols.ts'
import { readNames, readSymbol } from '../../lib/symbols/read-symbol.ts'
import { tell } from '../output.ts'

/** The names of a report as they are stored. What was written otherwise, or is not known, is told. */
export async function readStoredSymbols(
  sql: Sql,
  { venue, symbols }: { readonly venue: string | undefined; readonly symbols: readonly string[] },
): Promise<readonly string[]> {
  const known = await storedNames(sql, venue)
  const { names, taken, refused } = readNames(symbols, known)
  for (const line of taken) tell(line)
  for (const { symbol, reason } of refused) tell(`${symbol}: ${reason}`)
  for (const name of names) {
    if (name.toLowerCase() === 'all' || readSymbol(name, known).kind === 'listed') continue
    const near = findNearMatches(name, known)
    tell(`nothing is known of ${name}${near.length > 0 ? `; did you mean ${near.join(', ')}?` : ''}`)
  }
  return names
}
