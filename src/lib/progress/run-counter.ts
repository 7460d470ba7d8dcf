import type { RunEventBus } from '../events.ts'
import type { ExecutionCounts } from '../ports.ts'

/** Counts what a run did, for its summary and its record. */
export class RunCounter {
  #requests = 0
  #rowsFetched = 0
  #rowsInserted = 0
  #rowsUpdated = 0
  #errors = 0
  #warnings = 0
  #weight = 0

  constructor(events: RunEventBus) {
    events.on('page:fetched', ({ rows, weight, requests }) => {
      this.#requests += requests
      this.#rowsFetched += rows
      this.#weight += weight
    })
    events.on('batch:written', ({ inserted, updated }) => {
      this.#rowsInserted += inserted
      this.#rowsUpdated += updated
    })
    events.on('failure', ({ severity }) => {
      if (severity === 'error') this.#errors += 1
      else this.#warnings += 1
    })
  }

  get counts(): ExecutionCounts & { readonly weight: number } {
    return {
      requests: this.#requests,
      rowsFetched: this.#rowsFetched,
      rowsInserted: this.#rowsInserted,
      rowsUpdated: this.#rowsUpdated,
      errors: this.#errors,
      warnings: this.#warnings,
      weight: this.#weight,
    }
  }
}
