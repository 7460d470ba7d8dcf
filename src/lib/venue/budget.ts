/** A weighted limit over a time window, as the venue declares it. */
export interface Budget {
  /** Name of the pool, unique in its venue: requests name the pools they cost. */
  readonly pool: string
  /** Weight that one address may spend in any window. */
  readonly limit: number
  readonly windowMs: number
  /** Counted per key and not per address: all lanes spend the same. */
  readonly isShared?: boolean
  /** Response header in which the venue tells the weight it has counted, lower case; undefined where it tells none. */
  readonly usedHeader?: string
}

/** What a request costs: weight by pool. */
export type Costs = Readonly<Record<string, number>>
