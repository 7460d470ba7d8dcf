import type { RunEventBus } from '../events.ts'
import { normalize, type Window } from '../model/window.ts'
import { tellRefused, tellWritten } from '../pipeline/tell-written.ts'
import type { Basis, Commit, RefusedRow, Series, Store, WriteResult } from '../ports.ts'

/** One is made, encoded and sent while the server works on the other. */
const WRITERS = 2

/** What was made of a window of stored rows. */
export type Draft = Pick<Commit, 'rows' | 'covered' | 'absent'> & { readonly window: Window }

export interface DerivedWriterOptions {
  readonly store: Pick<Store, 'write' | 'encode'>
  readonly events: RunEventBus
  readonly series: Series
  readonly basis: readonly Basis[]
  /**
   * Before this some is covered already that is made anew because of something earlier. Until all of it is written,
   * what comes before it must not count as covered: an interrupted run would leave the rest as it was.
   */
  readonly heldUntil: number
  /** Whether the table has rows of the series in the window. */
  readonly hasRows: (window: Window) => Promise<boolean>
}

/** Writes what is made of stored rows, each draft in a transaction of its own, two at a time. */
export class DerivedWriter {
  readonly #options: DerivedWriterOptions
  readonly #writing = new Set<Promise<void>>()
  readonly #refused: RefusedRow[] = []
  #held: { covered: Window[]; absent: Window[] } = { covered: [], absent: [] }
  #failure: { readonly error: unknown } | undefined
  #isStale = false

  constructor(options: DerivedWriterOptions) {
    this.#options = options
  }

  /** What the rows are made from has changed: nothing more is written. */
  get isStale(): boolean {
    return this.#isStale
  }

  get refused(): readonly RefusedRow[] {
    return this.#refused
  }

  /** Waits while two are under way. Throws what an earlier one has failed with. */
  async add(draft: Draft): Promise<void> {
    while (this.#writing.size >= WRITERS) await Promise.race(this.#writing)
    if (this.#failure) throw this.#failure.error
    if (this.#isStale) return
    this.#begin(this.#hold(draft))
  }

  /** Waits for what is under way. Throws what any of it has failed with. */
  async drain(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing)
    if (this.#failure) throw this.#failure.error
  }

  /** After the last draft: what was held back is covered now. */
  async finish(): Promise<void> {
    await this.drain()
    const { covered, absent } = this.#held
    const [first, last] = [covered[0], covered.at(-1)]
    if (this.#isStale || !first || !last) return
    const { store, series } = this.#options
    const rows = store.encode(series.symbol, series.dataset, [])
    this.#begin({ rows, covered, absent, window: { from: first.from, to: last.to } })
    await this.drain()
  }

  #hold(draft: Draft): Draft {
    if (draft.window.from >= this.#options.heldUntil) return draft
    this.#held = {
      covered: normalize([...this.#held.covered, ...draft.covered]),
      absent: normalize([...this.#held.absent, ...draft.absent]),
    }
    return { ...draft, covered: [], absent: [] }
  }

  #begin(draft: Draft): void {
    const writing: Promise<void> = this.#write(draft)
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => this.#writing.delete(writing))
    this.#writing.add(writing)
  }

  async #write({ window, ...draft }: Draft): Promise<void> {
    const { store, series, basis, hasRows } = this.#options
    const startedAt = performance.now()
    const isFresh = draft.rows.count > 0 && !(await hasRows(window))
    const result = await store.write([{ ...series, ...draft, isFresh, basis }])
    if (result.isStale) this.#isStale = true
    else this.#tell(draft, result, performance.now() - startedAt)
  }

  #tell({ rows, covered }: Omit<Draft, 'window'>, result: WriteResult, ms: number): void {
    const { events, series } = this.#options
    tellWritten(events, [{ ...series, rows, covered, absent: [], isFresh: false }], result, ms)
    this.#refused.push(...result.refused)
    for (const refused of result.refused) tellRefused(events, refused)
  }
}
