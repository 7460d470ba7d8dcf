import { RateWindow } from './rate-window.ts'

/** Work of which so much is planned, so much is done, at such a speed. */
export class Flow {
  rows = 0
  requests = 0
  /** 0 where nobody knows before how many rows there are. */
  plannedRows = 0
  plannedRequests = 0
  readonly #rowRate = new RateWindow()
  readonly #requestRate = new RateWindow()

  /** What is still to do, as of now. */
  plan(rows: number, requests: number): void {
    this.plannedRows = rows > 0 ? this.rows + rows : this.plannedRows
    this.plannedRequests = this.requests + requests
  }

  addRequest(now: number): void {
    this.requests += 1
    this.#requestRate.add(1, now)
  }

  addRows(rows: number, now: number): void {
    this.rows += rows
    this.#rowRate.add(rows, now)
  }

  rowsPerSecond(now: number): number {
    return this.#rowRate.perSecond(now)
  }

  /**
   * From 0 to 1; null without a plan. Rows that the venue does not have never come, and what is made from stored rows
   * needs no request: whichever is further along is right.
   */
  get fraction(): number | null {
    if (this.plannedRows === 0 && this.plannedRequests === 0) return null
    const ofRows = this.plannedRows > 0 ? this.rows / this.plannedRows : 0
    const ofRequests = this.plannedRequests > 0 ? this.requests / this.plannedRequests : 0
    return Math.min(1, Math.max(ofRows, ofRequests))
  }

  /** Milliseconds; null where there is no plan or nothing moves. Requests set the pace where there are any. */
  eta(now: number): number | null {
    if (this.fraction === 1) return 0
    const byRequests = this.plannedRequests > 0
    const left = byRequests ? this.plannedRequests - this.requests : this.plannedRows - this.rows
    const rate = (byRequests ? this.#requestRate : this.#rowRate).perSecond(now)
    return left > 0 && rate > 0 ? (left / rate) * 1_000 : null
  }
}
