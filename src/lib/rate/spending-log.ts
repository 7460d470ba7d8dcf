import type { Spending, UsedReport } from './shared-budget.ts'

/** Answers that arrive within this part of the window are told as one. */
const GRAIN_PART = 1_200

/** What was spent and has not been told yet. */
export class SpendingLog {
  readonly #windowMs: number
  readonly #grainMs: number
  #spendings: Spending[] = []
  #nextEntry = 1
  /** Entries up to this one are on their way and stay as they are. */
  #sealed = 0
  /** When the first answer of the open entry arrived. */
  #openSince = 0
  #report: UsedReport | undefined
  #toldReportAt = Number.NEGATIVE_INFINITY

  constructor(windowMs: number) {
    this.#windowMs = windowMs
    this.#grainMs = windowMs / GRAIN_PART
  }

  get hasNews(): boolean {
    return (this.#spendings.at(-1)?.entry ?? 0) > this.#sealed
  }
  get isEmpty(): boolean {
    return this.#spendings.length === 0
  }
  get hasUntoldReport(): boolean {
    return this.#report !== undefined && this.#report.at > this.#toldReportAt
  }

  add(weight: number, at: number, report?: UsedReport): void {
    if (report) this.#report = report
    if (weight <= 0) return
    const last = this.#spendings.at(-1)
    if (last && last.entry > this.#sealed && at - this.#openSince < this.#grainMs) {
      this.#spendings[this.#spendings.length - 1] = {
        ...last,
        weight: last.weight + weight,
        at: Math.max(last.at, at),
      }
      return
    }
    this.#spendings.push({ entry: this.#nextEntry, weight, at })
    this.#nextEntry += 1
    this.#openSince = at
    // Nobody has listened for long: what counts no more need not be told.
    if (this.#spendings.length > 2 * GRAIN_PART)
      this.#spendings = this.#spendings.filter((one) => one.at > at - this.#windowMs)
  }

  /** All that is to be told. Nothing is added to it from now on; it stays until `confirm`. */
  read(): { readonly spent: readonly Spending[]; readonly report: UsedReport | undefined } {
    this.#sealed = this.#nextEntry - 1
    return { spent: [...this.#spendings], report: this.#report }
  }

  /** What `read` gave has been heard. */
  confirm({ spent, report }: { spent: readonly Spending[]; report: UsedReport | undefined }): void {
    const last = spent.at(-1)?.entry ?? 0
    this.#spendings = this.#spendings.filter(({ entry }) => entry > last)
    if (report) this.#toldReportAt = Math.max(this.#toldReportAt, report.at)
  }
}
