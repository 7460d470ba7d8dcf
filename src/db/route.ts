import { randomInt } from 'node:crypto'
import { ConfigurationError } from '../lib/errors.ts'
import { toDatabaseError } from './database-error.ts'
import { describeDatabase, isPooled, markPooled } from './database-url.ts'
import { Session } from './session.ts'
import { SESSION_SETTINGS } from './session-settings.ts'

/** How long the answers may take: a pooler without a free connection says nothing. */
const PATIENCE = 10_000
/** Looked at so often: a pooler need not give away the same connection at once. */
const ROUNDS = 3
const OWN_NAME = 'perpctl route'
/** A pooler that does not know a parameter of the start-up packet. */
const REFUSED_PARAMETER = '08P01'

/** What values are written by, and transactions see: what is stored depends on it. */
const ESSENTIAL = [
  'bytea_output',
  'extra_float_digits',
  'array_nulls',
  'transform_null_equals',
  'default_transaction_isolation',
] as const

/** Whether the error is that of a pooler that takes no settings at the start. */
export const isPoolerRefusal = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === REFUSED_PARAMETER

/** The url by which sessions can be opened: marked where a pooler is in between. Throws `DatabaseError`. */
export async function findRoute(url: string): Promise<string> {
  try {
    await using _session = await Session.open(url, OWN_NAME)
    return url
  } catch (error) {
    if (isPooled(url) || !isPoolerRefusal(error)) throw toDatabaseError(error, url)
    return await findRoute(markPooled(url))
  }
}

/**
 * Makes sure that what is asked for in one session stays in it: claims are locks of a session. A pooler that gives each
 * transaction another session gives one lock to two clients, and leaves it behind when both are gone.
 *
 * @throws ConfigurationError that names the pooler and what to set; DatabaseError
 */
export async function assertRoute(url: string, open: typeof Session.open = Session.open): Promise<void> {
  try {
    await using first = await open(url, OWN_NAME)
    await using second = await open(url, OWN_NAME)
    if (await first.guard(PATIENCE, () => areMixed(first, second))) throw mixed(url)
    await assertSettings(url, first)
  } catch (error) {
    if (error instanceof ConfigurationError) throw error
    if (isStatementMode(error)) throw mixed(url)
    throw toDatabaseError(error, url)
  }
}

/** The second one holds a session of the server by a transaction while the first one looks for its lock. */
async function areMixed(first: Session, second: Session): Promise<boolean> {
  const key = randomInt(2 ** 31)
  const take = async ({ client }: Session): Promise<boolean> =>
    (await client.query<{ taken: boolean }>(`select pg_try_advisory_lock(${SPACE}, ${key}) as taken`)).rows[0]
      ?.taken === true
  const give = async ({ client }: Session): Promise<unknown> =>
    client.query(`select pg_advisory_unlock(${SPACE}, ${key})`)
  for (let round = 0; round < ROUNDS; round += 1) {
    // Only the session that has it gets it once more; a pooler may go round its sessions from question to question.
    if (!(await take(first)) || !(await take(first))) return true
    await second.client.query('begin')
    try {
      if (await take(second)) {
        await Promise.all([give(second), give(second)])
        return true
      }
      if (!(await take(first))) return true
    } finally {
      await second.client.query('rollback')
    }
    for (let held = 0; held < 3; held += 1) await give(first)
  }
  return false
}
/** Any number, as long as nothing else takes locks of two numbers with it. */
const SPACE = 1_885_696_620

/** "transaction blocks not allowed in statement pooling mode" */
const isStatementMode = (error: unknown): boolean =>
  error instanceof Error && /statement pooling mode/i.test(error.message)

const mixed = (url: string): ConfigurationError =>
  new ConfigurationError(
    `${describeDatabase(url)} is a connection pooler (as PgBouncer) that shares sessions between its clients: the locks of perpctl do not hold there`,
    { hint: 'set pool_mode = session for this database and user, or name the server itself in DATABASE_URL' },
  )

/** Some poolers take settings at the start and forget them. */
async function assertSettings(url: string, { client }: Session): Promise<void> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    'select name, reset_val as setting from pg_settings where name = any($1)',
    [[...ESSENTIAL]],
  )
  const wrong = rows.filter(({ name, setting }) => SESSION_SETTINGS[name] !== setting)
  if (wrong.length === 0) return
  const told = wrong.map(({ name, setting }) => `${name} = ${setting}`).join(', ')
  const resets = wrong.map(({ name }) => `alter role … reset ${name}`).join('; ')
  throw new ConfigurationError(
    `${describeDatabase(url)} is a connection pooler whose sessions begin with ${told}, which cannot be changed through it`,
    {
      hint: `take that back (${resets}; likewise of the database), or name the server itself in DATABASE_URL`,
    },
  )
}
