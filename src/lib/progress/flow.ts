import type { WorkEnd } from '../events.ts'
import { MINUTE } from '../model/window.ts'
import type { PlannedWork } from '../plan/estimate.ts'
import type { Costs } from '../venue/budget.ts'
import { RateWindow } from './rate-window.ts'

/** The work on one dataset: so much is planned, so much is committed, at such a speed. Rows count when they are committed. */
export class Flow {
  rows = 0
  /** As sent: one that answers for several symbols is one. */
  requests = 0
  /** 0 where nobody knows before how many rows there are. */
  plannedRows = 0
  /** Nothing of it can begin yet; what is planned is the most that it can come to. */
  isWaiting = false
  /** Undefined while it is worked on. */
  end: WorkEnd | undefined
  /** Minutes that were covered: rows that the venue does not have never come. */
  #minutes = 0
  #plannedMinutes = 0
  /** As planned: one for each question of each symbol. */
  #answers = 0
  #plannedAnswers = 0
  /** Of the last plan. */
  #work: Pick<PlannedWork, 'requests' | 'costs'> = { requests: 0, costs: {} }
  #startedAt: number | undefined
  #lastAt: number | undefined
  readonly #rowRate = new RateWindow()
  readonly #minuteRate = new RateWindow()

  /** What is still to do, as of now. */
  plan(work: PlannedWork, now: number): void {
    this.#expect(work)
    this.isWaiting = false
    this.end = undefined
    this.#startedAt ??= now
  }

  /** The most that there can be to do, once it can begin. */
  bound(work: PlannedWork): void {
    if (this.#startedAt !== undefined) return
    this.#expect(work)
    this.isWaiting = true
  }

  addAnswer(requests: number, now: number): void {
    this.#startedAt ??= now
    this.#answers += 1
    this.requests += requests
  }

  addCommit({ rows, covered }: { readonly rows: number; readonly covered: number }, now: number): void {
    this.#startedAt ??= now
    this.#lastAt = now
    this.rows += rows
    this.#minutes += covered / MINUTE
    this.#rowRate.add(rows, now)
    this.#minuteRate.add(covered / MINUTE, now)
  }

  /** Nothing more comes. */
  finish(end: WorkEnd): void {
    this.isWaiting = false
    this.end = end
  }

  /** From 0 to 1: what is committed of what was planned; null without a plan. */
  get fraction(): number | null {
    return this.#plannedMinutes > 0 ? this.#doneMinutes / this.#plannedMinutes : null
  }

  /** All of them once it is done: a plan may be more than there was to do, as where the venue has no rows. */
  get #doneMinutes(): number {
    return this.end === 'done' ? this.#plannedMinutes : Math.min(this.#minutes, this.#plannedMinutes)
  }

  /** Its part in a whole: the rows that are planned, or the requests where nobody knows those. */
  get weight(): number {
    return Math.max(1, this.plannedRows, this.#plannedAnswers)
  }

  /** When its plan was made; what waits comes after all others. */
  get startedAt(): number {
    return this.isWaiting ? Number.POSITIVE_INFINITY : (this.#startedAt ?? 0)
  }

  /** All that was planned is committed, or nothing more comes. */
  get isOver(): boolean {
    return this.end !== undefined || (this.fraction === 1 && !this.isWaiting)
  }

  /** Milliseconds from its plan to its last commit, or until now while it is worked on. */
  elapsed(now: number): number {
    if (this.#startedAt === undefined) return 0
    return (this.isOver ? (this.#lastAt ?? this.#startedAt) : now) - this.#startedAt
  }

  /** Over the last minute, and of what is over from beginning to end. */
  rowsPerSecond(now: number): number {
    return this.isOver ? this.rows / Math.max(1, this.elapsed(now) / 1_000) : this.#rowRate.perSecond(now)
  }

  /** What is left of the costs of the plan. */
  get costsLeft(): Costs {
    const { requests, costs } = this.#work
    if (requests === 0 || this.isOver) return {}
    const share = Math.max(0, this.#plannedAnswers - this.#answers) / requests
    return Object.fromEntries(Object.entries(costs).map(([pool, weight]) => [pool, weight * share]))
  }

  /** Milliseconds at the speed of the last minute; null where nothing moves. */
  etaBySpeed(now: number): number | null {
    if (this.isOver) return 0
    const rate = this.#minuteRate.perSecond(now)
    return rate > 0 ? ((this.#plannedMinutes - this.#doneMinutes) / rate) * 1_000 : null
  }

  #expect({ rows, minutes, requests, costs }: PlannedWork): void {
    this.plannedRows = rows > 0 ? this.rows + rows : this.plannedRows
    this.#plannedAnswers = this.#answers + requests
    this.#plannedMinutes = this.#minutes + minutes
    this.#work = { requests, costs }
  }
}
