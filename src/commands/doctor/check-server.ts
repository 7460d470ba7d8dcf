import type { Sql } from '../../db/connect.ts'
import { listStorageExtensions } from '../../db/health/extensions.ts'
import { readDefaultTimeZone, type ServerFacts } from '../../db/health/server.ts'
import { assertServer } from '../../db/migrate.ts'
import { type Finding, findingsOf } from '../../lib/diagnosis/finding.ts'
import { formatBytes } from '../../lib/text/bytes.ts'
import { formatCount } from '../../lib/text/numbers.ts'
import { CLOCK_TOLERANCE, describeOffset } from './clock-offset.ts'

const report = findingsOf('database')

/** Throws `DatabaseError` for a server that is too old, `ConfigurationError` for a database that is not UTF8. */
export async function checkVersion(sql: Sql, { version }: ServerFacts): Promise<Finding> {
  await assertServer(sql)
  return report.ok('version', `PostgreSQL ${version}, UTF8`, { details: { version } })
}

export async function checkExtensions(sql: Sql): Promise<Finding> {
  const extensions = await listStorageExtensions(sql)
  if (extensions.length === 0)
    return report.note('extensions', 'neither TimescaleDB nor Citus: the tables are plain ones', {
      details: { extensions },
    })
  const told = extensions.map(({ name, version, tables }) => {
    const kind = name === 'citus' ? 'distributed' : 'hypertables'
    return `${name} ${version}, ${tables.length === 0 ? `no ${kind}` : `${kind}: ${tables.join(', ')}`}`
  })
  return report.note('extensions', told.join('; '), { details: { extensions } })
}

const UTC = new Set(['UTC', 'Etc/UTC', 'GMT', 'Etc/GMT', 'Etc/UCT', 'UCT', 'Zulu', 'Universal'])

export async function checkTimeZone(url: string): Promise<Finding> {
  const zone = await readDefaultTimeZone(url)
  const details = { timeZone: zone }
  if (UTC.has(zone)) return report.ok('time zone', zone, { details })
  return report.note('time zone', `the server's is ${zone}: psql shows times in it, perpctl works in UTC`, {
    hint: "begin a session of psql with set timezone to 'UTC', or alter the database: set timezone to 'UTC'",
    details,
  })
}

export function checkClock({ clockOffsetMs, roundTripMs }: ServerFacts): Finding {
  const offsetMs = Math.round(clockOffsetMs)
  const details = { offsetMs, roundTripMs: Math.round(roundTripMs * 10) / 10 }
  const message = `the server's clock is ${describeOffset(offsetMs)} the local one`
  if (Math.abs(offsetMs) <= CLOCK_TOLERANCE) return report.ok('server clock', message, { details })
  return report.warning('server clock', message, {
    hint: 'set both by NTP: what runs and errors tell is stamped by the server, what is logged by this machine',
    details,
  })
}

export function checkSize({ database, databaseBytes }: ServerFacts): Finding {
  return report.ok('size', `${database} takes ${formatBytes(databaseBytes)}`, {
    details: { bytes: databaseBytes },
  })
}

/** A run over all symbols holds one for each symbol and dataset under way, a stream one for each symbol; and some to spare. */
const ENOUGH_LOCKS = 3_000

export function checkLocks({ lockRoom }: ServerFacts): Finding {
  const details = { locks: lockRoom }
  const message = `room for ${formatCount(lockRoom)} locks of all sessions together`
  if (lockRoom >= ENOUGH_LOCKS) return report.ok('locks', message, { details })
  return report.warning('locks', `${message}: too few for all symbols`, {
    hint: 'raise max_locks_per_transaction of the server and restart it, or name fewer symbols at a time',
    details,
  })
}
