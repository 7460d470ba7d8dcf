import type { Sql } from './connect.ts'

const BATCH = 5_000
/** So many batches per run at most: what is left goes with the next run. */
const BATCHES = 20

/** Removes `perp_status` rows older than 30 days and `perp_errors` rows older than 90, a little at a time. */
export async function removeOldRows(sql: Sql): Promise<void> {
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const { count } = await sql`
      delete from perp_status where task_id in (
        select task_id from perp_status where ts < now() - interval '30 days' limit ${BATCH})`
    if (count < BATCH) break
  }
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const { count } = await sql`
      delete from perp_errors where error_id in (
        select error_id from perp_errors where ts < now() - interval '90 days' limit ${BATCH})`
    if (count < BATCH) break
  }
}
