import type { Sql } from '../../src/db/connect.ts'

/** Milliseconds for all rows of a query as text, as a client gets them, and none of them kept. */
export async function timeQuery(sql: Sql, query: string): Promise<number> {
  const start = performance.now()
  await sql.unsafe(`copy (${query}) to '/dev/null'`)
  return performance.now() - start
}
