import type { ErrorType } from '../model/error-types.ts'
import type { Costs } from './budget.ts'

/** One question to a venue's interface, as data: the planner can price it without sending it. A GET, or with a body a POST. */
export interface ApiRequest {
  /** Without a trailing slash; the venue's base URL for this interface. */
  readonly baseUrl: string
  readonly path: string
  readonly query: Readonly<Record<string, string | number>>
  /** Sent as JSON. */
  readonly body?: Readonly<Record<string, unknown>>
  /** The symbol that it asks about, whatever it is called in the query; undefined where it is about several or none. */
  readonly subject?: string
  /** May hold a key: never told in an error, an event or a log. */
  readonly headers?: Readonly<Record<string, string>>
  /** The most that it can cost: so much is reserved until its answer is there. */
  readonly costs: Costs
  /** What it did cost, by the JSON of a good answer, where only that tells: pools left out cost what was reserved. */
  settle?(json: unknown): Costs
  /** What `parse` is given: the JSON of the answer (default), its text, or its bytes as a `Buffer`. */
  readonly accept?: 'json' | 'text' | 'bytes'
  /** An answer with more bytes is not read to its end. Default: five times what the largest page has. */
  readonly mostBytes?: number
}

/** Several times what an answer about all that is listed has, or about many symbols at once. */
export const LIST_BYTES = 8_000_000

/** A request and how to read its answer. `parse` throws `PayloadError` where the answer is not what was promised. */
export interface Endpoint<T> {
  readonly request: ApiRequest
  parse(payload: unknown): T
  /** Numbers reach `parse` as texts with the digits that were sent, in plain notation, also those of an envelope. */
  readonly keepsDigits?: boolean
  /** A quicker reading of the answer's text; undefined leaves it to `parse`. */
  scan?(body: string): T | undefined
}

export function urlOf(request: ApiRequest): string {
  const query = new URLSearchParams(
    Object.entries(request.query).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString()
  return `${request.baseUrl}${request.path}${query ? `?${query}` : ''}`
}

export interface Answer {
  readonly status: number
  /** Lower-case names; a repeated header is joined by commas. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Of a good answer to a request for bytes, which has no `body`. */
  readonly bytes?: Buffer
}

/** What an answer means, as the venue's own rules have it. */
export type Verdict =
  /** `payload`: what the envelope of the answer holds, for `parse`; without it all of the answer is. */
  | { readonly kind: 'ok'; readonly payload?: unknown }
  /** The venue's or the network's trouble: the same request may be asked again. */
  | { readonly kind: 'retry'; readonly type: ErrorType; readonly reason: string }
  /** This address must be silent for a while: `forMs`, or until the venue's clock shows `until`. */
  | {
      readonly kind: 'pause'
      readonly type: ErrorType
      readonly reason: string
      readonly until?: number
      readonly forMs?: number
      /** Not this address but whoever asks is told to be silent: all lanes are. */
      readonly isForAll?: boolean
    }
  /** This address is of no use for this run. */
  | { readonly kind: 'block'; readonly type: ErrorType; readonly reason: string }
  /** The key is missing or not accepted: `hint` tells what to do. Ends whatever needs it. */
  | { readonly kind: 'deny'; readonly type: string; readonly reason: string; readonly hint: string }
  /** The request itself is refused for good. */
  | { readonly kind: 'refuse'; readonly type: string; readonly reason: string }
