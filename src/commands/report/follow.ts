import { isAway } from '../../db/patience.ts'
import { systemClock } from '../../lib/time/clock.ts'

/** Ids are given before their rows are committed: one that comes late is at most this far behind the newest. */
export const LOOK_BACK = 200
const MOST_ROWS = 10_000
const POLL_MS = 1_000

interface FollowOptions<Row> {
  /** Rows with a higher id, oldest first. */
  readonly read: (afterId: number, limit: number) => Promise<readonly Row[]>
  readonly write: (row: Row) => void
  /** Rows of before that are shown first. */
  readonly first: number
  readonly signal: AbortSignal
  /** Told once each time the database goes away. */
  readonly onAway: (error: unknown) => void
}

/** Writes rows as they come, each once, until the signal. A database that goes away is waited for. */
export async function follow<Row extends { readonly id: number }>(
  options: FollowOptions<Row>,
): Promise<void> {
  const { read, write, first, signal, onAway } = options
  const before = await read(0, Math.max(first, LOOK_BACK))
  for (const row of before.slice(-first)) write(row)
  let newest = before.at(-1)?.id ?? 0
  let seen = new Set(before.map((row) => row.id))
  let isDatabaseAway = false
  while (!signal.aborted) {
    await systemClock.sleep(POLL_MS, signal).catch(() => {})
    if (signal.aborted) return
    try {
      const rows = await read(Math.max(0, newest - LOOK_BACK), MOST_ROWS)
      isDatabaseAway = false
      for (const row of rows) if (!seen.has(row.id)) write(row)
      newest = Math.max(newest, rows.at(-1)?.id ?? 0)
      seen = new Set([...seen, ...rows.map((row) => row.id)].filter((id) => id > newest - LOOK_BACK))
    } catch (error) {
      if (!isAway(error)) throw error
      if (!isDatabaseAway) onAway(error)
      isDatabaseAway = true
    }
  }
}
