import type { Budget } from '../rate/budget.ts'
import { Ledger } from '../rate/ledger.ts'
import { createDispatcher } from './dispatcher.ts'
import { Lane } from './lane.ts'

export interface LaneOptions {
  /** Proxy URLs, and `direct` for the local address. */
  readonly proxies: readonly string[]
  /** Whether the local address is in the pool beside the proxies. */
  readonly usesDirect: boolean
  readonly concurrency: number
  readonly requestTimeoutMs: number
}

/**
 * One lane per way out, each proxy once: `direct`, `proxy-1`, `proxy-2` … in the order given, behind `prefix` where
 * an interface beside the venue's has lanes of its own. What counts per key is one ledger for all.
 */
export function openLanes(
  { proxies, usesDirect, concurrency, requestTimeoutMs }: LaneOptions,
  budgets: readonly Budget[],
  prefix = '',
): Lane[] {
  const urls = [...new Set(proxies)].filter((url) => url !== 'direct').map((url) => new URL(url))
  const isDirect = usesDirect || proxies.includes('direct')
  const ways: [string, URL | undefined][] = urls.map((url, at) => [`proxy-${at + 1}`, url])
  if (isDirect) ways.unshift(['direct', undefined])
  const shared = new Map(
    budgets.filter((budget) => budget.isShared).map((budget) => [budget.pool, new Ledger(budget)]),
  )
  return ways.map(([name, proxy]) => {
    const dispatcher = createDispatcher(proxy, { connections: concurrency, requestTimeoutMs })
    const ledgers = budgets.map((budget) => shared.get(budget.pool) ?? new Ledger(budget))
    return new Lane(prefix + name, dispatcher, ledgers, proxy === undefined)
  })
}
