import type { Dataset } from '../model/market.ts'
import { normalize, type Window } from '../model/window.ts'
import type { Source } from '../venue.ts'

/** What a job needs to know of its symbol. */
export interface JobSymbol {
  readonly symbol: string
  /** Whether the venue is expected to have a row for each newest minute: it lists the symbol as trading. */
  readonly isLive: boolean
  /** When the venue says that it was listed; null if unknown. */
  readonly listedSince: number | null
  /** Nothing older of this symbol is wanted, whatever the run wants of others. */
  readonly since?: number
}

/** One symbol and dataset of a run. */
export class Job {
  readonly source: Source
  readonly symbol: string
  readonly isLive: boolean
  readonly listedSince: number | null
  readonly since: number
  /** The venue refused the symbol: nothing more is asked. */
  isRefused = false
  /** No row before this: pages that end earlier need not be asked. */
  skipUntil = 0
  /** The newest part that the venue had not published when asked. */
  openEdge: readonly Window[] = []
  /** Passes that found the newest edge not out yet. */
  edgeTries = 0
  #expired: readonly Window[] = []
  #postponed: readonly Window[] = []
  readonly #failed: { readonly window: Window; readonly reason: string }[] = []
  #refusal: string | undefined
  #outstanding = 0
  #onDrained: (() => void) | undefined

  constructor(source: Source, { symbol, isLive, listedSince, since = 0 }: JobSymbol) {
    this.source = source
    this.symbol = symbol
    this.isLive = isLive
    this.listedSince = listedSince
    this.since = since
  }

  get dataset(): Dataset {
    return this.source.dataset
  }
  /** Why something of this job could not be had, the first reason. */
  get reason(): string | undefined {
    return this.#refusal ?? this.#failed[0]?.reason
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
  /** What this run does not ask for again. */
  get givenUp(): Window[] {
    return normalize([...this.failedWindows, ...this.#expired, ...this.#postponed])
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

/** One request to be made. */
export interface Task {
  readonly job: Job
  readonly window: Window
  /** A part of a gap; minutes that an answer left out; minutes whose row broke a rule. */
  readonly kind: 'gap' | 'confirm' | 'again'
  /** How often these minutes have been asked in this run, this time included. */
  readonly attempt: number
  /** End of the gap that the window was cut from: how far a proof of absence may reach. */
  readonly gapEnd: number
  /** The only minutes of the window that the question is about. */
  readonly only?: readonly Window[]
  /** Silence before it is asked. */
  readonly pauseMs?: number
  /** How often the venue found its beginning too old. */
  readonly refusals?: number
}
