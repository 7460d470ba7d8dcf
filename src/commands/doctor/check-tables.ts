import type { Sql } from '../../db/connect.ts'
import { findMissingRights, mayMigrate } from '../../db/health/rights.ts'
import type { ServerFacts } from '../../db/health/server.ts'
import { listMigrations, listPending } from '../../db/migrate.ts'
import { type Finding, findingsOf } from '../../lib/diagnosis/finding.ts'
import { formatPlural } from '../../lib/text/numbers.ts'
import { ownCommand } from '../../lib/text/own-command.ts'

const report = findingsOf('database')

/** Filled by `checkTables`, for what depends on it. */
export interface TablesState {
  /** All tables of this version. */
  areThere: boolean
  readonly isEmbedded: boolean
}

/** Throws `DatabaseError` for a database that is newer than this build, or changed. */
export async function checkTables(sql: Sql, state: TablesState): Promise<Finding> {
  const pending = await listPending(sql)
  const total = (await listMigrations(sql)).length
  const details = { migrations: total, pending }
  state.areThere = pending.length === 0
  if (state.areThere)
    return report.ok('tables', `all ${formatPlural(total, 'migration')} are applied`, { details })
  const message = `${pending.length} of ${formatPlural(total, 'migration')} are missing: ${pending.join(', ')}`
  if (state.isEmbedded) return report.note('tables', `${message}; the next run applies them`, { details })
  return report.failed('tables', message, { hint: `run ${ownCommand('db migrate')}`, details })
}

/** What was not shown to be there by then is not asked for rights: the server would only name the first table. */
export async function checkRights(
  sql: Sql,
  { user, database, isReadOnly }: ServerFacts,
  { areThere, isEmbedded }: TablesState,
): Promise<Finding> {
  if (isReadOnly) {
    return report.failed('rights', `${database} takes no writes: it is a standby or read-only`, {
      hint: 'use the primary server in DATABASE_URL',
      details: { isReadOnly },
    })
  }
  if (areThere) return describeRights(user, await findMissingRights(sql))
  const { schema, isAllowed } = await mayMigrate(sql)
  if (isAllowed || isEmbedded)
    return report.ok('rights', `user ${user} may make the tables`, { details: { user, schema } })
  return report.failed('rights', `user ${user} may not make tables in the schema ${schema}`, {
    hint: `run ${ownCommand('db migrate')} as the owner of the database, or: grant create on schema ${schema} to ${user}`,
    details: { user, schema },
  })
}

function describeRights(user: string, missing: readonly string[]): Finding {
  const details = { user, missing }
  if (missing.length === 0)
    return report.ok('rights', `user ${user} may write all tables, make temporary ones and take locks`, {
      details,
    })
  const [first = '', ...more] = missing
  const others = more.length === 0 ? '' : ` and ${formatPlural(more.length, 'other right')}`
  return report.failed('rights', `user ${user} lacks ${first}${others}`, {
    hint: `as the owner of the database: grant all on all tables in schema public to ${user}; the same for sequences and functions, and temporary on the database`,
    details,
  })
}
