import { CreditLine } from '../rate/credit-line.ts'
import { type BudgetLedger, Ledger } from '../rate/ledger.ts'
import { nameAddress, nameKey } from '../rate/payer.ts'
import type { BudgetBroker, BudgetKey } from '../rate/shared-budget.ts'
import { SharedLedger } from '../rate/shared-ledger.ts'
import { SymbolLedgers } from '../rate/symbol-ledgers.ts'
import type { Clock } from '../time/clock.ts'
import type { Api } from '../venue/api.ts'
import type { Budget } from '../venue/budget.ts'
import { createDispatcher } from './dispatcher.ts'
import { Lane } from './lane.ts'
import { listWays, type WayOptions } from './ways.ts'

export interface LaneOptions extends WayOptions {
  readonly concurrency: number
  readonly requestTimeoutMs: number
  /** Where all processes agree on what each may spend; without one, each counts for itself. */
  readonly broker?: BudgetBroker
  /** How the user names the address of this machine. Default: its host's name. */
  readonly address?: string | undefined
}

export interface LaneUse {
  readonly clock: Clock
  /** What the names of the lanes begin with, where an interface beside the venue's has lanes of its own. */
  readonly prefix: string
  /** What may be spent has changed. */
  readonly onChange: () => void
  /** See `CreditLineOptions`. */
  readonly onShared?: ((key: BudgetKey, other: string) => void) | undefined
}

/** One lane per way out, in the order of `listWays`. What counts per key is one ledger for all. */
export function openLanes(options: LaneOptions, api: Api, use: LaneUse): Lane[] {
  const { concurrency, requestTimeoutMs } = options
  const { host } = new URL(api.probe.request.baseUrl)
  const open = (budget: Budget, payer: string, symbol?: string): BudgetLedger =>
    openLedger(options, use, budget, { host, pool: budget.pool, payer, ...(symbol && { symbol }) })
  const key = nameKey(api.probe.request.headers)
  const ofKey = new Map(
    api.budgets.filter(({ scope }) => scope === 'key').map((budget) => [budget.pool, open(budget, key)]),
  )
  return listWays(options).map(({ name, proxy }) => {
    const dispatcher = createDispatcher(proxy, { connections: concurrency, requestTimeoutMs })
    const address = nameAddress(proxy, options.address)
    const ledgers = api.budgets.map((budget) =>
      budget.scope === 'address+symbol'
        ? new SymbolLedgers(budget, (one, symbol) => open(one, address, symbol))
        : (ofKey.get(budget.pool) ?? open(budget, address)),
    )
    return new Lane(use.prefix + name, dispatcher, ledgers, proxy === undefined)
  })
}

function openLedger(
  { broker, requestTimeoutMs }: LaneOptions,
  { clock, onChange, onShared }: LaneUse,
  budget: Budget,
  key: BudgetKey,
): BudgetLedger {
  if (!broker) return new Ledger(budget)
  const { windowMs } = budget
  return new SharedLedger(
    budget,
    (limit) => new CreditLine({ key, broker, clock, windowMs, requestTimeoutMs, limit, onChange, onShared }),
  )
}
