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
  judge(answer: Answer): Verdict
}
