import type { Budget } from '../venue/budget.ts'
import type { BudgetLedger } from './ledger.ts'

/** What a request is about that is about no symbol. */
const NO_SYMBOL = ''

/** A budget that each symbol has for itself: a ledger for each, from when it is asked for first. */
export class SymbolLedgers {
  readonly #open: (budget: Budget, symbol: string) => BudgetLedger
  readonly #ledgers = new Map<string, BudgetLedger>()
  #budget: Budget

  constructor(budget: Budget, open: (budget: Budget, symbol: string) => BudgetLedger) {
    this.#budget = budget
    this.#open = open
  }

  get budget(): Budget {
    return this.#budget
  }

  of(symbol = NO_SYMBOL): BudgetLedger {
    const ledger = this.#ledgers.get(symbol) ?? this.#open(this.#budget, symbol)
    this.#ledgers.set(symbol, ledger)
    return ledger
  }

  setLimit(limit: number): void {
    this.#budget = { ...this.#budget, limit }
    for (const ledger of this.#ledgers.values()) ledger.setLimit(limit)
  }

  /** Of the symbol that has spent the most. */
  used(now: number): number {
    return Math.max(0, ...this.#ledgers.values().map((ledger) => ledger.used(now)))
  }

  /** What all symbols need together tells nothing of when the last of them has it. */
  waitForAll(): number {
    return 0
  }

  async close(): Promise<void> {
    await Promise.all(this.#ledgers.values().map((ledger) => ledger.close?.()))
  }
}
