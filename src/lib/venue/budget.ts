/** A weighted limit over a time window, as the venue declares it. */
export interface Budget {
  /** Name of the pool, unique in its venue: requests name the pools they cost. */
  readonly pool: string
  /** Weight that one payer may spend in any window. */
  readonly limit: number
  readonly windowMs: number
  /**
   * Who pays: each address for itself (default); a key, so that all lanes spend the same; or an address for each symbol by
   * itself (`ApiRequest.subject`).
   */
  readonly scope?: 'address' | 'key' | 'address+symbol'
  /**
   * The weight that the venue says it has counted in the window, by the headers of an answer, whose names are lower case;
   * undefined where they do not say. Left out where the venue never says.
   */
  readUsed?(headers: Readonly<Record<string, string>>, limit: number): number | undefined
}

/** What a request costs: weight by pool. */
export type Costs = Readonly<Record<string, number>>

/** As much of a request as its price takes. */
export interface Priced {
  readonly costs: Costs
  readonly subject?: string
}

const readCount = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined

/** A header that tells what is used. */
export const tellsUsed =
  (header: string): NonNullable<Budget['readUsed']> =>
  ({ [header]: told }) =>
    readCount(told)

/** A header that tells what is left of the limit. */
export const tellsLeft =
  (header: string): NonNullable<Budget['readUsed']> =>
  ({ [header]: told }, limit) => {
    const left = readCount(told)
    return left === undefined ? undefined : Math.max(0, limit - left)
  }
