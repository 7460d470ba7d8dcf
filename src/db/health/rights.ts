import postgres from 'postgres'
import type { Sql } from '../connect.ts'
import { TABLES } from '../tables.ts'

/** All tables of the migrations, those of the rows first. */
const TABLE_NAMES: readonly string[] = [
  ...Object.values(TABLES).map(({ name }) => name),
  'instruments',
  'coverage',
  'wanted',
  'funding_days',
  'executions',
  'perp_status',
  'perp_errors',
  'perp_identity',
  'budgets',
  'budget_holders',
  'budget_spendings',
  'absences',
  'budget_payers',
  'budget_twins',
  'provenance',
  'archive_files',
  'archive_terms',
]
/** What is forgotten after a while, or made anew. */
const CLEARED: readonly string[] = [
  // By the triggers of funding_rates, as whoever writes there.
  'funding_days',
  'perp_status',
  'perp_errors',
  'budgets',
  'budget_holders',
  'budget_spendings',
  'absences',
  'budget_payers',
  'budget_twins',
]
const DENIED = '42501'

/** Each right that a run needs and the user does not have: `insert into ohlcv`, `temporary tables` … */
export async function findMissingRights(sql: Sql): Promise<string[]> {
  const tables = await sql<{ right: string }[]>`
    select lower(needed.right) || ' on ' || name as right
    from unnest(${[...new Set(TABLE_NAMES)]}::text[]) with ordinality as t (name, at)
    cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) with ordinality as needed ("right", place)
    where (needed.right <> 'DELETE' or name = any (${[...CLEARED]}::text[]))
      and not has_table_privilege(name, needed.right)
    order by at, place`
  const others = await sql<{ right: string }[]>`
    select 'use of the sequence ' || name as right
    from unnest(array['perp_status_task_id_seq', 'perp_errors_error_id_seq']) as name
    where not has_sequence_privilege(name, 'USAGE')
    union all
    select 'execution of the function ask_budget'
    where not has_function_privilege('ask_budget(jsonb)', 'EXECUTE')`
  const missing = [...tables, ...others].map(({ right }) => right)
  if (!(await mayDo(sql, 'create temporary table perpctl_doctor (n int) on commit drop')))
    missing.push('temporary tables')
  if (!(await mayDo(sql, 'select pg_try_advisory_xact_lock(0)'))) missing.push('advisory locks')
  return missing
}

/** Whether the user may make tables where the migrations make them. */
export async function mayMigrate(
  sql: Sql,
): Promise<{ readonly schema: string; readonly isAllowed: boolean }> {
  const [row] = await sql<{ schema: string | null; allowed: boolean | null }[]>`
    select current_schema() as schema, has_schema_privilege(current_schema(), 'CREATE') as allowed`
  return { schema: row?.schema ?? 'public', isAllowed: row?.allowed ?? false }
}

/** Tried and undone. Throws what is no lack of rights. */
async function mayDo(sql: Sql, statement: string): Promise<boolean> {
  try {
    await sql.begin(async (transaction) => {
      await transaction.unsafe(statement)
    })
    return true
  } catch (error) {
    if (error instanceof postgres.PostgresError && error.code === DENIED) return false
    throw error
  }
}
