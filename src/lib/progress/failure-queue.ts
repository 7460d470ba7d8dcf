import type { Failure } from '../events.ts'
import type { ErrorType } from '../model/error-types.ts'

/** One row of `perp_errors` to be. */
export interface FailureRow {
  readonly type: ErrorType
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
}

const MOST_TYPES = 20

/** Failures that wait to be written: so many and no more. What finds no place is counted by type, never lost silently. */
export class FailureQueue {
  readonly #limit: number
  readonly #rows: FailureRow[] = []
  readonly #dropped = new Map<string, number>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0 && this.#dropped.size === 0
  }

  get size(): number {
    return this.#rows.length + this.#droppedCount
  }

  add({ type, message, details, severity }: Failure): void {
    if (this.#rows.length < this.#limit) this.#rows.push({ type, message, details: { ...details, severity } })
    else this.countDropped(type, 1)
  }

  countDropped(type: string, count: number): void {
    const key = this.#dropped.has(type) || this.#dropped.size < MOST_TYPES ? type : 'other'
    this.#dropped.set(key, (this.#dropped.get(key) ?? 0) + count)
  }

  /** The oldest rows, or a row that says what was dropped once nothing else waits; call `done` when they are written. */
  peek(most: number): { readonly rows: readonly FailureRow[]; readonly done: () => void } {
    if (this.#rows.length > 0) {
      const rows = this.#rows.slice(0, most)
      return { rows, done: () => this.#rows.splice(0, rows.length) }
    }
    const byType = Object.fromEntries(this.#dropped)
    const count = this.#droppedCount
    const message = `${count} more failures came faster than they could be recorded`
    return {
      rows:
        count > 0
          ? [{ type: 'failures_dropped', message, details: { count, byType, severity: 'error' } }]
          : [],
      done: () => {
        for (const [type, told] of Object.entries(byType)) {
          const left = (this.#dropped.get(type) ?? 0) - told
          if (left > 0) this.#dropped.set(type, left)
          else this.#dropped.delete(type)
        }
      },
    }
  }

  get #droppedCount(): number {
    return this.#dropped.values().reduce((sum, count) => sum + count, 0)
  }
}
