import type { LimitPool } from './meter.ts'

export interface Answer {
  /** 0 where nothing is ever sent. */
  readonly status: number
  /** The bytes may come in parts, so that a page is sent without being copied. */
  readonly body: Buffer | string | readonly Buffer[]
  /** Default: `content-type: application/json`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Rows in the body, for the statistics. */
  readonly rows?: number
}

export const bytesOf = (body: Answer['body']): Buffer =>
  typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body) : Buffer.concat(body)

export type RefusalKind = '500' | '503' | '408' | '403' | '418' | '429' | '451' | '202-challenge'

/** What a venue says when it does not answer the question, in its own words. */
export interface Refusals {
  limited(payer: string, pool: LimitPool): Answer
  banned(payer: string, until: number): Answer
  unknownPath(method: string, path: string): Answer
  /** The answer of a fault; `variant` numbers the texts where there are several. */
  refuse(kind: Exclude<RefusalKind, '418' | '429'>, variant: number): Answer
}

/** Where a row keeps what a fault may spoil: indices of an array or keys of an object. */
export interface RowShape {
  /** Where the answer is a list of groups: the key under which each has its rows. */
  readonly within?: string
  readonly time: string | number
  readonly values: readonly (string | number)[]
  readonly high?: string | number
  readonly low?: string | number
  readonly size?: string | number
}
