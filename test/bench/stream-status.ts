import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import type { Ground } from './ground.ts'

const POLL = 25

const details = z.object({
  connections: z.number(),
  live: z.number(),
  frames: z.number(),
  corrected: z.number(),
  duplicates: z.number(),
  disconnects: z.number(),
  spooled: z.number(),
  missingMinutes: z.number(),
  lag: z.object({ p50: z.number().nullable(), p99: z.number().nullable() }),
})
export type StreamDetails = z.output<typeof details>

/** Empties all that a stream writes, its own record of runs too. */
export async function clearForStream({ clear, sql }: Ground): Promise<void> {
  await clear()
  await sql`truncate liquidation_orders, perp_status, perp_errors`
}

/** What a stream tells of itself, ascending; the last row is that of its end, where it has ended. */
export async function readDetails({ sql }: Ground): Promise<StreamDetails[]> {
  const rows = await sql<{ details: unknown }[]>`
    select details from perp_status where script_name = 'stream' and status in ('Running', 'Stopped')
    order by task_id`
  return rows.flatMap((row) => details.safeParse(row.details).data ?? [])
}

/** By kind, what a stream wrote down as having gone wrong. */
export async function readFailures({ sql }: Ground): Promise<Record<string, number>> {
  const rows = await sql<{ type: string; count: number }[]>`
    select error_type as type, count(*)::int from perp_errors group by 1`
  return Object.fromEntries(rows.map(({ type, count }) => [type, count]))
}

/** Waits until candles of so many symbols are covered up to a time; throws when it takes too long. Returns how long. */
export async function untilCovered(
  { sql }: Ground,
  { symbols, until, timeoutMs }: { symbols: number; until: number; timeoutMs: number },
): Promise<number> {
  const startedAt = performance.now()
  for (;;) {
    const [row] = await sql<{ count: number }[]>`
      select count(*)::int from coverage
      where dataset = 'ohlcv' and upper(covered) >= to_timestamp(${until / 1_000})`
    const waited = performance.now() - startedAt
    if ((row?.count ?? 0) >= symbols) return waited
    if (waited > timeoutMs)
      throw new Error(
        `only ${row?.count} of ${symbols} symbols are stored until ${new Date(until).toISOString()}`,
      )
    await sleep(POLL)
  }
}
