import type { Dataset } from '../model/market.ts'
import { normalize, type Window } from '../model/window.ts'
import type { Route } from '../venue/route.ts'

/** Told of a stretch without rows that is not believed yet. */
export const UNPROVEN =
  'unproven: the venue has no row there, which is believed when a later run finds the same; run the command again'
export const UNANSWERED =
  'the venue answers without a single row, which proves nothing; run the command again'
export const SILENT = 'the venue lists it as trading, but has no row there and none after it'

/** What a job needs to know of its symbol. */
export interface JobSymbol {
  readonly symbol: string
  /** Whether the venue is expected to have a row for each newest minute: it lists the symbol as trading. */
  readonly isLive: boolean
  /** When the venue says that it was listed; null if unknown. */
  readonly listedSince: number | null
  /** When the venue says that its trading ends or ended; null or absent where it does not end, or nobody knows. */
  readonly endsAt?: number | null
  /** It is traded in sessions: its silence between them is normal. */
  readonly hasSessions?: boolean
  /** Nothing older of this symbol is wanted, whatever the run wants of others. */
  readonly since?: number
}

/** One symbol and dataset of a run. */
export class Job {
  readonly route: Route
  readonly symbol: string
  readonly isLive: boolean
  readonly listedSince: number | null
  readonly endsAt: number | null
  readonly hasSessions: boolean
  readonly since: number
  /** The venue refused the symbol: nothing more is asked. */
  isRefused = false
  /** No row before this: pages that end earlier need not be asked. */
  skipUntil = 0
  /** The newest part that the venue had not published when asked. */
  openEdge: readonly Window[] = []
  /** Passes that found the newest edge not out yet, or no answer that says anything of a stretch. */
  edgeTries = 0
  /** What the database held when this pass began. */
  known: { readonly covered: readonly Window[]; readonly absent: readonly Window[] } = {
    covered: [],
    absent: [],
  }
  #expired: readonly Window[] = []
  #postponed: readonly Window[] = []
  readonly #failed: { readonly window: Window; readonly reason: string }[] = []
  #refusal: string | undefined
  #doubts: Doubt[] = []
  #unanswered: readonly Window[] = []
  #silence = UNANSWERED
  #unproven: readonly Window[] = []
  /** The venue's time from which on what is unproven is asked for again. */
  #askAgainAt = Number.POSITIVE_INFINITY
  #questions = 0
  #outstanding = 0
  #onDrained: (() => void) | undefined

  constructor(route: Route, symbol: JobSymbol) {
    const { isLive, listedSince, endsAt = null, hasSessions = false, since = 0 } = symbol
    this.route = route
    this.symbol = symbol.symbol
    this.isLive = isLive
    this.listedSince = listedSince
    this.endsAt = endsAt
    this.hasSessions = hasSessions
    this.since = since
  }

  get dataset(): Dataset {
    return this.route.dataset
  }
  /** Why something of this job could not be had, the first reason. */
  get reason(): string | undefined {
    const doubted =
      this.#unproven.length > 0 ? UNPROVEN : this.#unanswered.length > 0 ? this.#silence : undefined
    return this.#refusal ?? this.#failed[0]?.reason ?? doubted
  }
  get failedWindows(): Window[] {
    return normalize(this.#failed.map(({ window }) => window))
  }
  get expiredWindows(): readonly Window[] {
    return this.#expired
  }
  /** Nothing is wrong with it, but it is not this run's. */
  get postponedWindows(): readonly Window[] {
    return this.#postponed
  }
  /** Without a row in the answers so far, which is not believed yet: a later run asks again, or this one if it lasts. */
  get unprovenWindows(): readonly Window[] {
    return this.#unproven
  }
  /** No answer says anything of them, although the venue answers. */
  get unansweredWindows(): readonly Window[] {
    return this.#unanswered
  }
  /** What this run does not ask for again. */
  get givenUp(): Window[] {
    return normalize([...this.failedWindows, ...this.#expired, ...this.#postponed, ...this.#unproven])
  }

  /** Nothing of the symbol can be had. */
  refuse(reason: string): void {
    this.isRefused = true
    this.#refusal = reason
  }

  /** Gives a window up for this run: it stays a gap. */
  fail(window: Window, reason: string): void {
    this.#failed.push({ window, reason })
  }

  /** Nobody can have it any more: it is not asked for again in this run. */
  expire(windows: readonly Window[]): void {
    this.#expired = normalize([...this.#expired, ...windows])
  }

  /** Leaves windows to a later run. */
  postpone(windows: readonly Window[]): void {
    this.#postponed = normalize([...this.#postponed, ...windows])
  }

  /** The venue has nothing there yet: asked again by a later pass. */
  leaveOpen(windows: readonly Window[]): void {
    this.openEdge = normalize([...this.openEdge, ...windows])
  }

  /** An answer has no row there and does not show why: asked about when all that was asked is answered. */
  doubt(windows: readonly Window[], cause: Omit<Doubt, 'window'>): void {
    this.#doubts.push(...windows.map((window) => ({ ...cause, window })))
  }

  /** Whole stretches, each between two rows or the ends of what was asked; taken once. */
  takeDoubts(): Doubt[] {
    const doubts = Map.groupBy(this.#doubts, ({ isHalf }) => isHalf)
    this.#doubts = []
    return [...doubts].flatMap(([isHalf, own]) =>
      normalize(own.map(({ window }) => window)).map((window) => {
        const first = own.find((doubt) => doubt.window.from === window.from)
        return { served: 0, asked: 0, isHalf, ...first, window }
      }),
    )
  }

  /** No answer explains them: asked again by later passes, and lacking when these end. */
  leaveUnanswered(windows: readonly Window[], reason: string): void {
    this.#silence = reason
    this.#unanswered = normalize([...this.#unanswered, ...windows])
  }

  leaveUnproven(window: Window, askAgainAt: number): void {
    this.#unproven = normalize([...this.#unproven, window])
    this.#askAgainAt = Math.min(this.#askAgainAt, askAgainAt)
  }

  /** What the last pass left over is asked for again. */
  renew(): void {
    this.openEdge = []
    this.skipUntil = 0
    this.#unanswered = []
  }

  /** What is unproven is asked for again when its time has come. */
  ripen(now: number): void {
    if (now < this.#askAgainAt) return
    this.#unproven = []
    this.#askAgainAt = Number.POSITIVE_INFINITY
  }

  /** A question of this job is under way, or the plan of its questions. */
  ask(): void {
    this.#questions += 1
    this.begin()
  }

  /** Whether that was the last one; the job itself ends with `end`. */
  isLastAnswer(): boolean {
    this.#questions -= 1
    return this.#questions === 0
  }

  /** A task or a commit of this job is under way; `end` when it is over. */
  begin(): void {
    this.#outstanding += 1
  }

  end(): void {
    this.#outstanding -= 1
    if (this.#outstanding === 0) this.#onDrained?.()
  }

  /** Resolves when all that was begun has ended, at once if nothing was. */
  drained(): Promise<void> {
    if (this.#outstanding === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onDrained = resolve
    })
  }
}

/** A stretch without rows that an answer does not explain. */
export interface Doubt {
  readonly window: Window
  /** Rows of the answer that lacks it, and how many were asked for (of events nobody knows: infinite). */
  readonly served: number
  readonly asked: number
  /** Rows are there, and one of several answers does not reach them. */
  readonly isHalf: boolean
}

/** One request to be made. */
export interface Task {
  readonly job: Job
  readonly window: Window
  /** A part of a gap; minutes that an answer left out; minutes whose row broke a rule; a stretch without rows. */
  readonly kind: 'gap' | 'confirm' | 'again' | 'prove'
  /** How often these minutes have been asked in this run, this time included. */
  readonly attempt: number
  /** End of the gap that the window was cut from: how far a proof of absence may reach. */
  readonly gapEnd: number
  /** The only minutes of the window that the question is about. */
  readonly only?: readonly Window[]
  /** Of a stretch without rows. */
  readonly doubt?: Doubt
  /** It is proven that the venue has no more than this question brings. */
  readonly isProven?: boolean
  /** How often the venue found its beginning too old. */
  readonly refusals?: number
}
