import { floorTo, intersect, MINUTE, SECOND, totalSpan, type Window } from '../model/window.ts'
import { type HealContext, heal } from './heal.ts'
import type { LiveSymbol, LiveSymbols } from './live-symbols.ts'
import type { StreamWriter } from './stream-writer.ts'

/** A minute that is over may still be on its way so long, by the local clock. */
const GRACE = 3 * SECOND
/** A minute that the venue does not have (yet) is asked for again after a growing pause. */
const FIRST_RETRY = 5 * SECOND
const LONGEST_RETRY = 120 * SECOND

interface Concern {
  /** Local time at which its oldest minute was first seen to be missing. */
  readonly since: number
  readonly oldest: number
  tries: number
  retryAt: number
}

export interface CandleHealerOptions {
  readonly context: HealContext
  readonly symbols: LiveSymbols
  readonly writer: StreamWriter
  /** Candles came over the venue's other interface. */
  readonly onHealed: (symbols: readonly string[], window: Window) => void
  /** Of these, minutes were there although the feed did not tell of them. */
  readonly onSilent: (symbols: readonly string[]) => void
}

/** Watches for minutes that are over and did not come, and has them fetched, exactly them. */
export class CandleHealer {
  readonly #options: CandleHealerOptions
  readonly #concerns = new Map<string, Concern>()

  constructor(options: CandleHealerOptions) {
    this.#options = options
  }

  /** Minutes that are over and did not come in time, of all symbols. */
  get missingMinutes(): number {
    const until = floorTo(this.#options.context.venueNow(), MINUTE)
    return this.#late.reduce((sum, { book }) => sum + totalSpan(book.missing(until)) / MINUTE, 0)
  }

  /** Symbols of which minutes are over and did not come in time. */
  get repairing(): number {
    return this.#late.length
  }

  get #late(): LiveSymbol[] {
    const { symbols, context } = this.#options
    if (this.#concerns.size === 0) return []
    return symbols.all.filter(({ symbol }) => {
      const concern = this.#concerns.get(symbol)
      return concern !== undefined && context.clock.now() >= concern.since + GRACE
    })
  }

  /** One look at all symbols, and one repair of those whose time has come. */
  async look(): Promise<void> {
    const { context, writer } = this.#options
    const until = floorTo(context.venueNow(), MINUTE)
    const due = this.#findDue(until)
    if (due.length === 0) return
    // What waits on the disk is no gap.
    await writer.flush()
    if (!writer.isDirect) return
    await this.#heal(due, until)
  }

  #findDue(until: number): LiveSymbol[] {
    const now = this.#options.context.clock.now()
    return this.#options.symbols.all.filter(({ symbol, book }) => {
      const [first] = book.missing(until)
      if (!first) {
        this.#concerns.delete(symbol)
        return false
      }
      const known = this.#concerns.get(symbol)
      if (known?.oldest === first.from) return now >= known.retryAt
      this.#concerns.set(symbol, { since: now, oldest: first.from, tries: 0, retryAt: now + GRACE })
      return false
    })
  }

  async #heal(due: readonly LiveSymbol[], until: number): Promise<void> {
    const { context, onHealed, onSilent } = this.#options
    const since = Math.min(...due.map(({ book }) => book.doneUntil))
    const names = due.map(({ symbol }) => symbol)
    const wanted = new Map(due.map(({ symbol, book }) => [symbol, book.missing(until)]))
    await this.#settle(due)
    const left = due.filter(({ book }) => book.missing(until).length > 0)
    const symbols = left.map((one) => ({ ...one, since: one.book.doneUntil }))
    const result = await heal(context, { symbols, datasets: ['ohlcv'], since, until })
    await this.#settle(due)
    this.#plan(due, until, result.lacks)
    onHealed(names, { from: since, to: until })
    const served = due.filter(({ symbol, book }) => {
      const gone = totalSpan(book.missing(until)) < totalSpan(wanted.get(symbol) ?? [])
      return gone && (this.#concerns.get(symbol)?.tries ?? 0) === 0
    })
    onSilent(served.map(({ symbol }) => symbol))
  }

  /** What the database has by now, whoever brought it. */
  async #settle(due: readonly LiveSymbol[]): Promise<void> {
    const known = await this.#options.context.store.coverage(
      'ohlcv',
      due.map(({ symbol }) => symbol),
    )
    for (const { symbol, book } of due) {
      const covered = known.get(symbol)?.covered ?? []
      book.settle(intersect(covered, [{ from: book.doneUntil, to: Number.POSITIVE_INFINITY }]))
    }
  }

  /** When what could not be had is asked for again; told once. */
  #plan(
    due: readonly LiveSymbol[],
    until: number,
    lacks: readonly { readonly symbol: string; readonly reason: string }[],
  ): void {
    const { clock, events } = this.#options.context
    for (const { symbol, book } of due) {
      const missing = book.missing(until)
      const concern = this.#concerns.get(symbol)
      if (missing.length === 0 || !concern) {
        this.#concerns.delete(symbol)
        continue
      }
      concern.tries += 1
      concern.retryAt =
        clock.now() + Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** Math.min(10, concern.tries - 1))
      if (concern.tries !== 3) continue
      const reason = lacks.find((lack) => lack.symbol === symbol)?.reason ?? 'not published by the venue yet'
      const minutes = totalSpan(missing) / MINUTE
      events.emit('failure', {
        type: 'gap',
        message: `${symbol}: ${minutes} minutes could not be had yet (${reason}); they are asked for again`,
        details: { symbol, dataset: 'ohlcv', minutes, window: toIso(missing), reason },
        severity: 'warning',
      })
    }
  }
}

function toIso(missing: readonly Window[]): { from: string; to: string } {
  const from = missing[0]?.from ?? 0
  return { from: new Date(from).toISOString(), to: new Date(missing.at(-1)?.to ?? from).toISOString() }
}
