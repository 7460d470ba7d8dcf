import { type Holder, StreamClaims } from '../../db/stream-claims.ts'
import { ConfigurationError } from '../../lib/errors.ts'
import type { RunContext } from '../run/open-run.ts'

const SHOWN = 5

/** Takes the symbols for this stream alone; from another stream only where its user wants that. */
export async function claimSymbols(
  run: RunContext,
  symbols: readonly string[],
  { takesOver, onTakenOver }: { readonly takesOver: boolean; readonly onTakenOver: () => void },
): Promise<StreamClaims> {
  const { executionId, venue, database, signal } = run
  const claims = await StreamClaims.open({ url: database.url, venue: venue.name, executionId, onTakenOver })
  try {
    if (takesOver) await claims.takeOver(symbols, signal)
    else refuseHeld(await claims.take(symbols))
    return claims
  } catch (error) {
    await claims[Symbol.asyncDispose]()
    throw error
  }
}

function refuseHeld(holders: readonly Holder[]): void {
  const [first] = holders
  if (!first) return
  const symbols = holders.flatMap((holder) => holder.symbols)
  const more = symbols.length > SHOWN ? ` and ${symbols.length - SHOWN} more` : ''
  const runs = holders.map(({ executionId }) => executionId.slice(0, 8)).join(', ')
  throw new ConfigurationError(
    `${symbols.slice(0, SHOWN).join(', ')}${more}: another stream has them already (run ${runs})`,
    { hint: 'choose other symbols, or end that stream and go on in its place with --takeover' },
  )
}
