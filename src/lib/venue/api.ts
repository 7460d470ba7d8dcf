import type { Budget } from './budget.ts'
import type { Answer, Endpoint, Verdict } from './request.ts'

/** An HTTP interface with its own limits, rules and standing: a venue, or somebody who tells of venues. */
export interface Api {
  readonly name: string
  /** Host that users know, for messages. */
  readonly host: string
  readonly budgets: readonly Budget[]
  /** The cheapest question: whether it answers at all. */
  readonly probe: Endpoint<unknown>
  /** Where it asks for a key: the variable that holds it, and what to do where it is not set. */
  readonly key?: {
    readonly variable: string
    readonly lacks?: { readonly reason: string; readonly hint: string }
  }
  /**
   * What an answer means, by its status and headers, and by its body where a venue tells its errors there, whatever the
   * status. `readJson` reads the body once, as the endpoint has it read; it throws `PayloadError` for what is no JSON.
   */
  judge(answer: Answer, readJson: () => unknown): Verdict
}
