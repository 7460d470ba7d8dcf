import type { Dispatcher } from 'undici'
import type { LaneState } from '../events.ts'
import type { BudgetLedger } from '../rate/ledger.ts'
import { RoundTrips } from '../rate/round-trips.ts'
import { SymbolLedgers } from '../rate/symbol-ledgers.ts'
import type { Budget, Costs, Priced } from '../venue/budget.ts'
import type { Answer } from '../venue/request.ts'

/** Who is over the limit is refused long before: a figure of so many limits is none. */
const MOST_LIMITS = 10

/** What the venue says that is used; null where it says nothing that can be. */
function readUsed({ limit, readUsed: read }: Budget, headers: Answer['headers']): number | null {
  const used = read?.(headers, limit)
  return used !== undefined && used <= limit * MOST_LIMITS ? used : null
}

/** A request on its way. */
export interface Passage {
  readonly lane: Lane
  readonly request: Priced
  /** By the local clock. */
  readonly sentAt: number
}

/** What came of it: the headers of its answer, and what it really cost where only the answer tells. */
export interface Arrival {
  readonly headers: Answer['headers']
  readonly costs?: Costs | undefined
}

/** One way out to the network, with its own budgets and its own standing with the venue. */
export class Lane {
  /** `direct`, or `proxy-1` … in the order given: a name that never holds credentials. */
  readonly name: string
  readonly dispatcher: Dispatcher
  /** The local address: what fails here fails at the venue or on the way, not at a proxy. */
  readonly isDirect: boolean
  readonly #ledgers: ReadonlyMap<string, BudgetLedger | SymbolLedgers>
  readonly #roundTrips = new RoundTrips()
  #inFlight = 0
  #pausedUntil = 0
  #reason: string | null = null
  #isBlocked = false
  /** Requests that failed since the last that did not; decides how long the lane is set aside. */
  failures = 0
  /** Pauses since the last success, for pauses whose length the venue does not tell. */
  pauses = 0

  constructor(
    name: string,
    dispatcher: Dispatcher,
    ledgers: readonly (BudgetLedger | SymbolLedgers)[],
    isDirect: boolean,
  ) {
    this.name = name
    this.dispatcher = dispatcher
    this.isDirect = isDirect
    this.#ledgers = new Map(ledgers.map((ledger) => [ledger.budget.pool, ledger]))
  }

  get inFlight(): number {
    return this.#inFlight
  }
  get isBlocked(): boolean {
    return this.#isBlocked
  }
  get reason(): string | null {
    return this.#reason
  }

  isOpen(now: number): boolean {
    return !this.#isBlocked && this.#pausedUntil <= now
  }

  setLimit(pool: string, limit: number): void {
    this.#ledgers.get(pool)?.setLimit(limit)
  }

  /** Milliseconds until a request of these costs may leave here; Infinity if only an answer under way can tell. */
  waitFor({ costs, subject }: Priced, now: number, isBulk = false): number {
    if (this.#isBlocked) return Number.POSITIVE_INFINITY
    // After trouble one request alone finds out whether it is over.
    if (this.failures > 0 && this.#pausedUntil > 0 && this.#inFlight > 0) return Number.POSITIVE_INFINITY
    // What others could use is not asked for while nothing may leave here.
    if (this.#pausedUntil > now) return this.#pausedUntil - now
    let wait = 0
    for (const [pool, weight] of Object.entries(costs)) {
      wait = Math.max(wait, this.#ledgerOf(pool, subject)?.waitFor(weight, now, isBulk) ?? 0)
    }
    return wait
  }

  begin(request: Priced, now: number): Passage {
    this.#inFlight += 1
    const { costs, subject } = request
    for (const [pool, weight] of Object.entries(costs)) this.#ledgerOf(pool, subject)?.spend(weight)
    return { lane: this, request, sentAt: now }
  }

  /** The request is over; undefined where there was no answer. */
  end({ request, sentAt }: Passage, now: number, arrival: Arrival | undefined): void {
    this.#inFlight -= 1
    if (arrival) this.#roundTrips.note(now - sentAt)
    for (const [pool, weight] of Object.entries(request.costs)) {
      const ledger = this.#ledgerOf(pool, request.subject)
      if (!ledger) continue
      const actual = Math.min(weight, Math.max(0, arrival?.costs?.[pool] ?? weight))
      const countedAt = now - (arrival ? this.#roundTrips.leadFor(ledger.budget) : 0)
      const reported = arrival && readUsed(ledger.budget, arrival.headers)
      ledger.settle(weight, now, reported, { actual, countedAt })
    }
  }

  /** Whether requests of these costs wait for those of the same symbol alone. */
  countsBySymbol(costs: Costs): boolean {
    return Object.keys(costs).some((pool) => this.#ledgers.get(pool) instanceof SymbolLedgers)
  }

  #ledgerOf(pool: string, subject: string | undefined): BudgetLedger | undefined {
    const found = this.#ledgers.get(pool)
    return found instanceof SymbolLedgers ? found.of(subject) : found
  }

  /** A request succeeded. One that left before the lane was told to be silent does not end the silence. */
  recover(now: number): void {
    if (this.#pausedUntil > now) return
    this.failures = 0
    this.pauses = 0
    this.#pausedUntil = 0
    this.#reason = null
  }

  pause(until: number, reason: string): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, until)
    this.#reason = reason
  }

  block(reason: string): void {
    this.#isBlocked = true
    this.#reason = reason
  }

  /** Cuts what is under way; nothing leaves here any more, and nothing stays reserved for it. */
  async close(): Promise<void> {
    await this.dispatcher.destroy()
    await Promise.all(this.#ledgers.values().map((ledger) => ledger.close?.()))
  }

  /** What one of so many lanes has to bear of the whole: all of it where the lanes spend one budget. */
  shareOf(costs: Costs, lanes: number): Costs {
    const share = ([pool, weight]: [string, number]): [string, number] => {
      return [pool, this.#ledgers.get(pool)?.budget.scope === 'key' ? weight : weight / lanes]
    }
    return Object.fromEntries(Object.entries(costs).map(share))
  }

  /** Milliseconds until the last of so much weight may leave here, if nothing but the budgets holds it up. */
  waitForAll(costs: Costs, now: number): number {
    const waits = Object.entries(costs).map(
      ([pool, weight]) => this.#ledgers.get(pool)?.waitForAll(weight, now) ?? 0,
    )
    return Math.max(0, this.#pausedUntil - now, ...waits)
  }

  state(now: number): LaneState {
    const isPaused = this.#pausedUntil > now
    return {
      lane: this.name,
      state: this.#isBlocked ? 'blocked' : isPaused ? 'paused' : 'open',
      reason: this.#isBlocked || isPaused ? this.#reason : null,
      inFlight: this.#inFlight,
      budgets: Array.from(this.#ledgers.values(), (ledger) => ({
        pool: ledger.budget.pool,
        used: ledger.used(now),
        limit: ledger.budget.limit,
      })),
    }
  }
}
