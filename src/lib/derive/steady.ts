import { describeClaimWait } from '../pipeline/claim-note.ts'
import type { Series } from '../ports.ts'
import type { DeriveOptions, Stale } from './derive-options.ts'

/** How often work that another process has in hand is tried again. */
const CLAIM_RETRY = 500
/** Attempts in a row that get no further because what they read has changed, and the pause before each other one. */
const ATTEMPTS = 5
const PAUSE = 200

/** Waits for a process that has it; told once. */
export async function claimSeries(
  { dataset, symbol, variant }: Series,
  { store, events, clock, signal }: DeriveOptions,
): Promise<AsyncDisposable> {
  for (let tries = 0; ; tries += 1) {
    signal.throwIfAborted()
    const claim = await store.claim(dataset, symbol, variant)
    if (claim) return claim
    if (tries === 0) {
      const holder = await store.holderOf?.(dataset, symbol, variant)
      events.emit('note', { message: describeClaimWait(`${dataset} of ${symbol} is`, holder) })
    }
    await pause(CLAIM_RETRY, { clock, signal })
  }
}

/** False where what is read keeps changing faster than anything can be made of it. */
export async function repeatWhileStale(
  options: Pick<DeriveOptions, 'clock' | 'signal'>,
  attempt: () => Promise<Stale>,
): Promise<boolean> {
  let furthest = Number.NEGATIVE_INFINITY
  for (let tries = 0; tries < ATTEMPTS; tries += 1) {
    if (tries > 0) await pause(PAUSE, options)
    const stale = await attempt()
    if (!stale) return true
    if (stale.from > furthest) tries = 0
    furthest = Math.max(furthest, stale.from)
  }
  return false
}

async function pause(ms: number, { clock, signal }: Pick<DeriveOptions, 'clock' | 'signal'>): Promise<void> {
  await clock.sleep(ms, signal).catch((error: unknown) => {
    signal.throwIfAborted()
    throw error
  })
}
