/** Which budget it is: the same words in every process that spends it. Never holds credentials. */
export interface BudgetKey {
  /** Host of the interface, with its port where it has one of its own. */
  readonly host: string
  readonly pool: string
  /** Of a budget that each symbol has for itself. */
  readonly symbol?: string
  /** Who pays: an address or a key. */
  readonly payer: string
}

/** Weight of which the answers have arrived. */
export interface Spending {
  /** Counts up within a budget: what is told twice counts once. */
  readonly entry: number
  readonly weight: number
  /** When the last of these answers arrived, on the local clock, or a little earlier: it counts for a window from then. */
  readonly at: number
}

/** The venue's own figure of what is used, and when it arrived on the local clock. */
export interface UsedReport {
  readonly used: number
  readonly at: number
}

/** The state of one process and what it would have. */
export interface BudgetAsk {
  readonly key: BudgetKey
  readonly limit: number
  readonly windowMs: number
  /** Weight of requests that are under way. */
  readonly inFlight: number
  /** Granted earlier, not spent, and kept. What is not named here is given back. */
  readonly credit: number
  /** The least that would be of use beyond `credit`; 0 where nobody waits. */
  readonly need: number
  /** What would be welcome beyond `credit`: at least `need`. */
  readonly want: number
  /** How far it may go by itself until it hears the answer. */
  readonly fallback?: number
  /** What is held counts so long without another word. */
  readonly leaseMs: number
  readonly spent: readonly Spending[]
  readonly report: UsedReport | undefined
  /** The process is done with this budget. */
  readonly isLast: boolean
}

export interface BudgetAnswer {
  /** In place of the `credit` that was told, what was spent of it meanwhile included; less than that where it has to be given back. */
  readonly credit: number
  /** Until what is needed can be there, as far as can be told; infinite where nothing is known. */
  readonly waitMs: number
  /** Processes that spend this budget, this one included. */
  readonly holders: number
  /** What this process may have spent within a window while it hears nothing more. */
  readonly fallback: number
  /** Other names of the same payer, as the venue counts them together: the budget is shared with these too. */
  readonly samePayers?: readonly string[]
}

/** Where processes agree on what each may spend. Rejects where it cannot be asked. */
export interface BudgetBroker {
  ask(ask: BudgetAsk): Promise<BudgetAnswer>
}
