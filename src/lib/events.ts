import { EventEmitter } from 'node:events'
import type { ErrorType } from './model/error-types.ts'
import type { Dataset } from './model/market.ts'
import type { Window } from './model/window.ts'
import type { PlannedWork } from './plan/estimate.ts'
import type { StreamFigures, SymbolState } from './stream/figures.ts'

/** What a run tells, first to last: `Completed` for a backfill, `Stopped` for an interrupted run. */
export type Tier = 'Started' | 'Running' | 'Completed' | 'Stopped' | 'Failed'

/** One line of `perp_errors`. */
export interface Failure {
  readonly type: ErrorType
  readonly message: string
  /** Where it happened and what was seen: `symbol`, `dataset`, `window`, `row`, `lane`, `causes` … Never a secret. */
  readonly details: Readonly<Record<string, unknown>>
  /** A warning was healed or is harmless; an error means that data are missing. */
  readonly severity: 'warning' | 'error'
}

/** What one lane looks like to a display. */
export interface LaneState {
  readonly lane: string
  readonly state: 'open' | 'paused' | 'blocked'
  /** Why it is not open, in words for the user: `banned until 14:05:10 UTC`. */
  readonly reason: string | null
  readonly inFlight: number
  /** In the order in which the venue declares them. */
  readonly budgets: readonly BudgetUse[]
}

export interface BudgetUse {
  readonly pool: string
  readonly used: number
  readonly limit: number
}

/** How the work on a dataset ended: `partial` where something could not be had, `failed` where it was given up. */
export type WorkEnd = 'done' | 'partial' | 'failed'

export interface RunSummary {
  readonly symbols: number
  readonly requests: number
  readonly rowsFetched: number
  readonly rowsInserted: number
  readonly rowsUpdated: number
  readonly errors: number
  readonly warnings: number
  /** Symbols of which something could not be had, with the reason. */
  readonly failed: readonly { readonly symbol: string; readonly dataset: Dataset; readonly reason: string }[]
  /** Minutes that are wanted and neither stored nor known to be absent at the venue. */
  readonly missingMinutes: number
  readonly absentMinutes: number
  /** Of the missing ones: the venue answers without a row there, and one run alone does not believe it. */
  readonly unprovenMinutes: number
  /** Minutes that are wanted and older than what the venue keeps: nobody can have them any more. */
  readonly expiredMinutes: number
  readonly seconds: number
}

/** Every event of a run and its payload. Subscribers only look: none of them can stop or slow the pipeline. */
export interface RunEvents {
  'run:start': { executionId: string; script: string; params: Readonly<Record<string, unknown>> }
  /** What the pass that begins now still has to do; told again by each later pass. */
  'run:plan': { symbols: number; jobs: readonly PlannedWork[] }
  /** What parts that wait for others will have to do at most, told once, before any part begins. */
  'run:bound': { jobs: readonly PlannedWork[] }
  /** A signal has come: what is in hand is finished, and the run ends. */
  'run:stopping': { signal: string }
  'page:fetched': {
    lane: string
    dataset: Dataset
    symbol: string
    rows: number
    window: Window
    weight: number
    /** 0 where the page came in the answer to another symbol's request. */
    requests: number
  }
  'batch:written': {
    rows: number
    inserted: number
    updated: number
    perDataset: Partial<Record<Dataset, { rows: number; covered: number }>>
    ms: number
  }
  'job:retry': { dataset: Dataset; symbol: string; attempt: number; reason: string }
  'job:failed': { dataset: Dataset; symbol: string; reason: string }
  'job:done': { dataset: Dataset; symbol: string }
  /** All of a dataset is over for this run. */
  'dataset:done': { dataset: Dataset; end: WorkEnd }
  'lane:wait': { lane: string; ms: number; reason: string }
  'lane:state': LaneState
  /** Of a stream that waits for the end of another one, every second; `holders` are ids of runs. */
  'stream:standby': { holders: readonly string[] }
  /** Of a live stream, every second. */
  'stream:figures': StreamFigures
  /** Of a live stream, every second, for those who show it: all symbols, and the venue's time. */
  'stream:symbols': { symbols: readonly SymbolState[]; now: number }
  /** Of a live stream, once in each heartbeat: one line, the same for whoever shows or keeps it. */
  'stream:beat': { line: string; isFirst: boolean }
  'db:wait': { reason: string; waitedMs: number }
  failure: Failure
  /** Something worth a line for the user that is not a failure. */
  note: { message: string }
  'run:done': { tier: 'Completed' | 'Stopped' | 'Failed'; summary: RunSummary; message: string }
}
export type RunEventName = keyof RunEvents

/** The typed event map of one run. A subscriber that throws is dropped and reported once, and the run goes on. */
export class RunEventBus {
  readonly #emitter = new EventEmitter({ captureRejections: false })
  readonly #onBroken: (event: RunEventName, error: unknown) => void

  constructor(onBroken: (event: RunEventName, error: unknown) => void = () => {}) {
    this.#onBroken = onBroken
    this.#emitter.setMaxListeners(0)
  }

  on<Name extends RunEventName>(name: Name, listener: (payload: RunEvents[Name]) => void): () => void {
    const guarded = (payload: RunEvents[Name]): void => {
      try {
        listener(payload)
      } catch (error) {
        this.#emitter.off(`perp:${name}`, guarded)
        this.#onBroken(name, error)
      }
    }
    this.#emitter.on(`perp:${name}`, guarded)
    return () => this.#emitter.off(`perp:${name}`, guarded)
  }

  /** Whether anybody would hear it: what costs something to tell is not told to nobody. */
  hasListeners(name: RunEventName): boolean {
    return this.#emitter.listenerCount(`perp:${name}`) > 0
  }

  emit<Name extends RunEventName>(name: Name, payload: RunEvents[Name]): void {
    this.#emitter.emit(`perp:${name}`, payload)
  }
}
