import { connect, type Sql } from '../../src/db/connect.ts'
import { ensureEmbedded } from '../../src/db/embedded/ensure.ts'
import { layoutOf } from '../../src/db/embedded/layout.ts'
import { findPostmaster } from '../../src/db/embedded/postmaster.ts'
import { migrate } from '../../src/db/migrate.ts'
import { makeTestHome } from '../helpers/embedded-home.ts'

/** An embedded PostgreSQL with the settings that users have, and the project's tables in it. */
export interface Ground extends AsyncDisposable {
  readonly url: string
  readonly sql: Sql
  readonly serverPid: number
  /**
   * Empties the tables and writes down what is dirty, so that no measurement pays for the one before, nor waits for
   * what it has spent of the venue's limits.
   */
  clear(): Promise<void>
  countCandles(): Promise<number>
}

export async function prepareGround(): Promise<Ground> {
  await using stack = new AsyncDisposableStack()
  const { home } = stack.use(await makeTestHome())
  const { url } = await ensureEmbedded(home)
  const sql = connect(url, { max: 1 })
  stack.defer(() => sql.end({ timeout: 5 }))
  await migrate(sql)
  const postmaster = await findPostmaster(layoutOf(home))
  const resources = stack.move()
  return {
    url,
    sql,
    serverPid: postmaster?.pid ?? 0,
    async clear() {
      await sql`
        truncate ohlcv, funding_rates, open_interest, long_short_ratio, liquidations, taker_volume, rsi, mt_index, coverage, provenance, archive_files,
          wanted, absences, executions, perp_status, perp_errors, budget_spendings, budget_holders, budgets`
      await sql`checkpoint`
    },
    async countCandles() {
      const [row] = await sql<{ count: number }[]>`select count(*)::int from ohlcv`
      return row?.count ?? 0
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}
