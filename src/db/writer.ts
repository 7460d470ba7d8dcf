import { intersect, subtract } from '../lib/model/window.ts'
import type { Commit, RefusedRow, WriteResult } from '../lib/ports.ts'
import { type WriteMode, type Written, writeBatch } from './batch.ts'
import { isAway, keepTrying, type Patience } from './patience.ts'
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
      if (!isAboutRows(cause)) throw error
      return this.#isolate(commits, cause instanceof Error ? cause.message : String(cause))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((session) => session[Symbol.asyncDispose]()))
  }

  async #writeOrMerge(commits: readonly Commit[], mode: WriteMode): Promise<Written> {
    try {
      return await this.#withSession((session) =>
        session.guard(this.#patience.timeoutMs, (client) => writeBatch(client, this.#venue, commits, mode)),
      )
    } catch (error) {
      const isDuplicate = error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION
      if (isDuplicate && mode === 'copy') return this.#writeOrMerge(commits, 'merge')
      throw error
    }
  }

  async #withSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = this.#takeIdle() ?? (await Session.open(this.#patience.url, 'perpctl writer'))
    try {
      return await work(session)
    } catch (error) {
      if (isAway(error)) session.abandon()
      throw error
    } finally {
      if (!session.isLost) this.#idle.push(session)
    }
  }

  #takeIdle(): Session | undefined {
    for (let session = this.#idle.pop(); session; session = this.#idle.pop())
      if (!session.isLost) return session
    return undefined
  }

  /** Halves until each row that the database refuses stands alone; everything else is stored. */
  async #isolate(commits: readonly Commit[], reason: string): Promise<WriteResult> {
    const [only] = commits
    if (commits.length === 1 && only && only.rows.length <= 1) return this.#writeWithout(only, reason)
    const parts =
      commits.length > 1
        ? [commits.slice(0, commits.length / 2), commits.slice(commits.length / 2)]
        : splitRows(only)
    let total: WriteResult = { inserted: 0, updated: 0, refused: [] }
    for (const part of parts) {
      const { inserted, updated, refused } = await this.write(part)
      total = {
        inserted: total.inserted + inserted,
        updated: total.updated + updated,
        refused: [...total.refused, ...refused],
      }
    }
    return total
  }

  async #writeWithout(commit: Commit, reason: string): Promise<WriteResult> {
    const refused: RefusedRow[] = commit.rows.map((row) => ({
      dataset: commit.dataset,
      symbol: commit.symbol,
      row,
      reason,
    }))
    const minutes = commit.rows.map((row) => ({ from: row.ts, to: row.ts + 60_000 }))
    const rest = { ...commit, rows: [], covered: subtract(commit.covered, minutes) }
    if (rest.covered.length === 0) return { inserted: 0, updated: 0, refused }
    const written = await this.write([rest])
    return { ...written, refused }
  }
}

/** Two commits that say together what the one says. */
function splitRows(commit: Commit | undefined): Commit[][] {
  const middle = commit?.rows[Math.floor(commit.rows.length / 2)]
  if (!commit || !middle) return []
  const halves = [
    { from: Number.NEGATIVE_INFINITY, to: middle.ts },
    { from: middle.ts, to: Number.POSITIVE_INFINITY },
  ]
  return halves.map((half) => [
    {
      ...commit,
      rows: commit.rows.filter((row) => row.ts >= half.from && row.ts < half.to),
      covered: intersect(commit.covered, [half]),
      absent: intersect(commit.absent, [half]),
    },
  ])
}
