import { connect, describeDatabase, type Sql, toDatabaseError } from '../../db/connect.ts'
import { describeAssumptions, isPooled } from '../../db/database-url.ts'
import { readServerFacts, type ServerFacts } from '../../db/health/server.ts'
import { assertRoute, findRoute } from '../../db/route.ts'
import { type Finding, findingsOf } from '../../lib/diagnosis/finding.ts'
import { DatabaseError, PerpctlError } from '../../lib/errors.ts'
import { formatDuration } from '../../lib/text/durations.ts'
import { within } from '../../lib/time/within.ts'
import {
  checkClock,
  checkExtensions,
  checkLocks,
  checkSize,
  checkTimeZone,
  checkVersion,
} from './check-server.ts'
import { checkSpace } from './check-space.ts'
import { checkRights, checkTables, type TablesState } from './check-tables.ts'

const report = findingsOf('database')

export interface DatabaseTarget {
  readonly url: string
  /** Of the embedded server, whose migrations are applied by whatever command needs them. */
  readonly dataFolder: string | undefined
  /** Made by the first run that needs it. */
  readonly mayBeAbsent: boolean
}

/** What is looked at once there is a connection. */
const LATER = [
  'sessions',
  'version',
  'tables',
  'rights',
  'extensions',
  'time zone',
  'server clock',
  'locks',
  'size',
  'space',
] as const

export const skipDatabase = (reason: string, names: readonly string[] = LATER): Finding[] =>
  names.map((name) => report.skipped(name, reason))

/** Everything about a database that is there, or why it is not. No look at it takes longer than `limitMs`. */
export async function checkDatabase(
  target: DatabaseTarget,
  { signal, limitMs }: { readonly signal: AbortSignal; readonly limitMs: number },
): Promise<Finding[]> {
  const guard = guardWith(target.url, { signal, limitMs })
  try {
    // A session of each driver: the one that writes comes first.
    const url = await guard(findRoute(target.url))
    return await look({ ...target, url }, guard)
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    return describeFailure(target, error)
  }
}

async function look(target: DatabaseTarget, guard: Guard): Promise<Finding[]> {
  const sql = connect(target.url, { max: 1, applicationName: 'perpctl doctor' })
  try {
    const facts = await guard(readServerFacts(sql))
    return [describeConnection(target.url, facts), ...(await checkRest(sql, target, { facts, guard }))]
  } finally {
    sql.end({ timeout: 1 }).catch(() => {})
  }
}

/** A busy machine answers each question in time, and all of them together later. Once one has no answer none is waited for. */
function guardWith(
  url: string,
  { signal, limitMs }: { readonly signal: AbortSignal; readonly limitMs: number },
): Guard {
  let isSilent = false
  return async (work) => {
    const limit = isSilent ? AbortSignal.abort() : AbortSignal.timeout(limitMs)
    const ended = AbortSignal.any([signal, limit])
    try {
      return await within(ended, work)
    } catch (error) {
      if (!ended.aborted) throw toDatabaseError(error, url)
      isSilent = true
      const what = limit.aborted ? `did not answer within ${formatDuration(limitMs)}` : 'answers too slowly'
      throw new DatabaseError(`database ${describeDatabase(url)} ${what}`, {
        hint: 'check the network, the firewall and the load of the server',
      })
    }
  }
}

type Guard = <T>(work: Promise<T>) => Promise<T>

async function checkRest(
  sql: Sql,
  target: DatabaseTarget,
  { facts, guard }: { readonly facts: ServerFacts; readonly guard: Guard },
): Promise<Finding[]> {
  const attempt = (name: string, work: () => Promise<Finding>): Promise<Finding> =>
    guard(work()).catch((error: unknown) => {
      if (error instanceof PerpctlError) return report.error(name, error)
      throw error
    })
  const found = [await attempt('sessions', () => checkSessions(target))]
  found.push(await attempt('version', () => checkVersion(sql, facts)))
  const state: TablesState = { areThere: false, isEmbedded: target.dataFolder !== undefined }
  found.push(await attempt('tables', () => checkTables(sql, state)))
  found.push(await attempt('rights', () => checkRights(sql, facts, state)))
  found.push(await attempt('extensions', () => checkExtensions(sql)))
  found.push(await attempt('time zone', () => checkTimeZone(target.url)))
  found.push(checkClock(facts), checkLocks(facts), checkSize(facts))
  found.push(await attempt('space', () => checkSpace(target.dataFolder)))
  return found
}

function describeConnection(url: string, { user, roundTripMs }: ServerFacts): Finding {
  const ms = Math.round(roundTripMs * 10) / 10
  const where = describeDatabase(url)
  const assumed = describeAssumptions(url)
  const told = assumed === '' ? '' : `; not in the url, and assumed: ${assumed}`
  return report.ok('connection', `${where} answers user ${user} in ${ms} ms${told}`, {
    details: { database: where, user, roundTripMs: ms, ...(assumed !== '' && { assumed }) },
  })
}

/** Throws `ConfigurationError` for a pooler that mixes them. */
async function checkSessions({ url, dataFolder }: DatabaseTarget): Promise<Finding> {
  if (dataFolder === undefined) await assertRoute(url)
  return isPooled(url)
    ? report.note('sessions', 'a pooler is in between, and leaves each client its own session')
    : report.ok('sessions', 'what is asked for in one session stays in it')
}

const ABSENT = '3D000'

function describeFailure({ url, mayBeAbsent }: DatabaseTarget, error: DatabaseError): Finding[] {
  if (mayBeAbsent && error.details.code === ABSENT) {
    const where = describeDatabase(url)
    const message = `${where} is not there yet: the first run makes it`
    return [
      report.note('connection', message, { details: { database: where } }),
      ...skipDatabase('there is no database yet'),
    ]
  }
  return [report.error('connection', error), ...skipDatabase('the database cannot be used')]
}
