import type { StoredRows } from '../lib/archive/row-encoder.ts'
import type { EncodedRows } from '../lib/model/encoded-rows.ts'
import type { Dataset } from '../lib/model/market.ts'
import { intersect, MINUTE, subtract, type Window } from '../lib/model/window.ts'
import type { Commit, RefusedRow, WriteResult } from '../lib/ports.ts'
import { type WriteMode, type Written, writeBatch } from './batch.ts'
import { compareRows } from './compare-rows.ts'
import { toBinaryRows } from './copy-binary.ts'
import { isAway, keepTrying, type Patience } from './patience.ts'
import { sessionName } from './run-sessions.ts'
import { Session } from './session.ts'

const UNIQUE_VIOLATION = '23505'

/** Data and constraint errors: the server has looked at a row and does not take it. */
function isAboutRows(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && /^2[23]/.test(error.code)
  )
}

/** Writes batches over connections of its own, each used by one batch at a time, and outlives their loss. */
export class Writer implements AsyncDisposable {
  readonly #venue: string
  readonly #patience: Patience
  readonly #idle: Session[] = []

  constructor(venue: string, patience: Patience) {
    this.#venue = venue
    this.#patience = patience
  }

  get #guardMs(): number {
    return this.#patience.guardMs ?? this.#patience.timeoutMs
  }

  async write(commits: readonly Commit[]): Promise<WriteResult> {
    const isFresh = commits.every((commit) => commit.isFresh)
    try {
      // A second try merges: the first may have been committed although nobody could say so.
      const written = await keepTrying(this.#patience, (attempt) =>
        this.#writeOrMerge(commits, isFresh && attempt === 1 ? 'copy' : 'merge'),
      )
      return { ...written, refused: [] }
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined
      if (!(cause instanceof Error) || !isAboutRows(cause)) throw error
      return this.#isolate(commits, cause)
    }
  }

  /** See `CellStore.compare`. */
  compare(dataset: Dataset, rows: EncodedRows): Promise<StoredRows> {
    return keepTrying(this.#patience, () =>
      this.#withSession((session) =>
        session.guard(this.#guardMs, (client) => compareRows(client, dataset, rows)),
      ),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((session) => session[Symbol.asyncDispose]()))
  }

  async #writeOrMerge(commits: readonly Commit[], mode: WriteMode): Promise<Written> {
    try {
      return await this.#withSession((session) =>
        session.guard(this.#guardMs, (client) =>
          writeBatch(client, { venue: this.#venue, run: this.#patience.run }, commits, mode),
        ),
      )
    } catch (error) {
      const isDuplicate = error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION
      if (isDuplicate && mode === 'copy') return this.#writeOrMerge(commits, 'merge')
      throw error
    }
  }

  async #withSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = this.#takeIdle() ?? (await this.#open())
    try {
      return await work(session)
    } catch (error) {
      if (isAway(error)) session.abandon()
      throw error
    } finally {
      if (!session.isLost) this.#idle.push(session)
    }
  }

  #open(): Promise<Session> {
    return Session.open(this.#patience.url, sessionName('writer', this.#patience.run))
  }

  #takeIdle(): Session | undefined {
    for (let session = this.#idle.pop(); session; session = this.#idle.pop())
      if (!session.isLost) return session
    return undefined
  }

  /** Halves until each row that the database refuses stands alone; everything else is stored. */
  async #isolate(commits: readonly Commit[], cause: Error): Promise<WriteResult> {
    const [only] = commits
    if (commits.length === 1 && only && only.rows.count <= 1) return this.#writeWithout(only, cause)
    const middle = Math.ceil(commits.length / 2)
    const parts = commits.length > 1 ? [commits.slice(0, middle), commits.slice(middle)] : halve(only)
    let total: WriteResult = { inserted: 0, updated: 0, yielded: 0, refused: [], isStale: false }
    for (const part of parts) {
      const { inserted, updated, yielded, refused, isStale } = await this.write(part)
      total = {
        inserted: total.inserted + inserted,
        updated: total.updated + updated,
        yielded: total.yielded + yielded,
        refused: [...total.refused, ...refused],
        isStale: total.isStale || isStale,
      }
    }
    return total
  }

  async #writeWithout(commit: Commit, cause: Error): Promise<WriteResult> {
    const { symbol, dataset } = commit
    const rows = toBinaryRows(commit.rows)
    const ts = rows.timeAt(0)
    const row = 'detail' in cause && typeof cause.detail === 'string' ? cause.detail : ''
    const refused: RefusedRow[] =
      rows.count === 0 ? [] : [{ dataset, symbol, ts, row, reason: cause.message }]
    const covered = subtract(commit.covered, refused.length > 0 ? [{ from: ts, to: ts + MINUTE }] : [])
    if (covered.length === 0) return { inserted: 0, updated: 0, yielded: 0, refused, isStale: false }
    const written = await this.write([{ ...commit, rows: rows.slice(0, 0), covered }])
    return { ...written, refused }
  }
}

/** Two commits that say together what the one says. */
function halve(commit: Commit | undefined): Commit[][] {
  if (!commit) return []
  const rows = toBinaryRows(commit.rows)
  const middle = Math.floor(rows.count / 2)
  const cut = rows.timeAt(middle)
  const before = [{ from: Number.NEGATIVE_INFINITY, to: cut }]
  const after = [{ from: cut, to: Number.POSITIVE_INFINITY }]
  const part = (half: readonly Window[], from: number, to: number): Commit => ({
    ...commit,
    rows: rows.slice(from, to),
    covered: intersect(commit.covered, half),
    absent: intersect(commit.absent, half),
  })
  return [[part(before, 0, middle)], [part(after, middle, rows.count)]]
}
