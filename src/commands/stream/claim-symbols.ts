import type { Holder, StreamClaims } from '../../db/stream-claims.ts'
import { ConfigurationError } from '../../lib/errors.ts'
import { systemClock } from '../../lib/time/clock.ts'
import type { RunContext } from '../run/open-run.ts'

const SHOWN = 5

/** Between two looks of a stream that stands by. */
const STANDBY_POLL = 1_000

interface ClaimTerms {
  /** From another stream, as its user wants. */
  readonly takesOver: boolean
  /** Waits for as long as another stream has some of them. */
  readonly standsBy: boolean
  readonly signal: AbortSignal
}

/** Takes the symbols for this stream alone. Resolves with whether it had to wait for them. */
export async function claimSymbols(
  run: RunContext,
  claims: StreamClaims,
  symbols: readonly string[],
  { takesOver, standsBy, signal }: ClaimTerms,
): Promise<boolean> {
  if (takesOver) await claims.takeOver(symbols, signal)
  else if (standsBy) return await waitForAll(run, claims, symbols, signal)
  else refuseHeld(await claims.take(symbols))
  return false
}

async function waitForAll(
  { events }: RunContext,
  claims: StreamClaims,
  symbols: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  let told = ''
  for (;;) {
    const holders = (await claims.take(symbols)).map(({ executionId }) => executionId.slice(0, 8))
    if (holders.length === 0) return told !== ''
    const message = `stands by: run ${holders.join(', ')} has the symbols`
    if (message !== told) events.emit('note', { message })
    told = message
    events.emit('stream:standby', { holders })
    await systemClock.sleep(STANDBY_POLL, signal)
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
    {
      hint: 'choose other symbols, wait for its end with --standby, or end it and go on in its place with --takeover',
    },
  )
}
