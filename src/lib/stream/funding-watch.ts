import { HOUR, MINUTE, SECOND } from '../model/window.ts'
import { type HealContext, heal } from './heal.ts'
import type { LiveSymbols } from './live-symbols.ts'

/** A settlement is asked for when its minute is over, and again until it is out. */
const DELAY = 65 * SECOND
/** Longer than this nobody waits for one: the next look at history brings it. */
const PATIENCE = 12 * MINUTE
const RETRY = 20 * SECOND
/** A settlement of just before the start is out by then. */
const FIRST_LOOK = 11 * MINUTE
/** How far back a look may find that one is missing. */
const REACH = 24 * HOUR

interface Settlement {
  readonly at: number
  /** Local time of the next question. */
  askAt: number
}

/** Knows from the feed when each symbol pays, and has the settlement fetched when it did. */
export class FundingWatch {
  readonly #context: HealContext
  readonly #symbols: LiveSymbols
  readonly #next = new Map<string, number>()
  readonly #due = new Map<string, Settlement>()
  readonly #startedAt: number
  #hasLooked = false

  constructor(context: HealContext, symbols: LiveSymbols) {
    this.#context = context
    this.#symbols = symbols
    this.#startedAt = context.venueNow()
  }

  /** The feed says that the symbol pays next at `time`. */
  observe(symbol: string, time: number): void {
    const before = this.#next.get(symbol)
    if (before === time) return
    this.#next.set(symbol, time)
    if (before !== undefined && time > before) this.#settle(symbol, before)
  }

  /** Asks for what is due. */
  async look(): Promise<void> {
    const { venueNow, clock } = this.#context
    const now = venueNow()
    if (!this.#hasLooked && now >= this.#startedAt + FIRST_LOOK) {
      this.#hasLooked = true
      for (const symbol of this.#symbols.names) this.#settle(symbol, this.#startedAt)
    }
    for (const [symbol, time] of this.#next) if (time + DELAY <= now) this.#settle(symbol, time)
    const isReady = ({ at, askAt }: Settlement): boolean => at + DELAY <= now && askAt <= clock.now()
    const asked = [...this.#due].flatMap(([symbol, settlement]) => (isReady(settlement) ? [symbol] : []))
    if (asked.length === 0) return
    for (const symbol of asked) {
      const settlement = this.#due.get(symbol)
      if (settlement) settlement.askAt = clock.now() + RETRY
    }
    const symbols = asked.flatMap((symbol) => this.#symbols.find(symbol) ?? [])
    await heal(this.#context, {
      symbols: symbols.map(withReach(now)),
      datasets: ['funding'],
      since: now - REACH,
      until: now,
    })
    await this.#strikeOff(asked, now)
  }

  #settle(symbol: string, at: number): void {
    if (this.#due.has(symbol)) return
    this.#due.set(symbol, { at, askAt: this.#context.clock.now() })
    if (this.#next.get(symbol) === at) this.#next.delete(symbol)
  }

  async #strikeOff(symbols: readonly string[], now: number): Promise<void> {
    const known = await this.#context.store.coverage('funding', symbols)
    for (const symbol of symbols) {
      const settlement = this.#due.get(symbol)
      if (!settlement) continue
      const { at } = settlement
      const isIn = known.get(symbol)?.covered.some(({ from, to }) => from <= at && at < to)
      if (isIn || now - at > PATIENCE) this.#due.delete(symbol)
    }
  }
}

const withReach =
  (now: number) =>
  <T extends { readonly since?: number }>(symbol: T): T & { readonly since: number } => ({
    ...symbol,
    since: Math.max(symbol.since ?? 0, now - REACH) - MINUTE,
  })
