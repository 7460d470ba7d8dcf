import type { Budget } from '../rate/budget.ts'
import { createDispatcher } from './dispatcher.ts'
import { Lane } from './lane.ts'

export interface LaneOptions {
  /** Proxy URLs, and `direct` for the local address. */
  readonly proxies: readonly string[]
  /** Whether the local address is in the pool beside the proxies. */
  readonly usesDirect: boolean
  readonly budgets: readonly Budget[]
  readonly concurrency: number
  readonly requestTimeoutMs: number
}

/** One lane per way out, each proxy once: `direct`, `proxy-1`, `proxy-2` … in the order given. */
export function openLanes({
  proxies,
  usesDirect,
  budgets,
  concurrency,
  requestTimeoutMs,
}: LaneOptions): Lane[] {
  const urls = [...new Set(proxies)].filter((url) => url !== 'direct').map((url) => new URL(url))
  const isDirect = usesDirect || proxies.includes('direct')
  const ways: [string, URL | undefined][] = urls.map((url, at) => [`proxy-${at + 1}`, url])
  if (isDirect) ways.unshift(['direct', undefined])
  return ways.map(([name, proxy]) => {
    const dispatcher = createDispatcher(proxy, { connections: concurrency, requestTimeoutMs })
    return new Lane(name, dispatcher, budgets)
  })
}
