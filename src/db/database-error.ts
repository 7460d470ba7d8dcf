import { DatabaseError, PerpctlError } from '../lib/errors.ts'
import { ownCommand } from '../lib/text/own-command.ts'
import { describeAssumptions, describeDatabase } from './database-url.ts'

type Explanation = readonly [message: string, hint: string]

const CHECK_URL = 'check DATABASE_URL'
const UNREACHABLE: Explanation = [
  'is not reachable: nothing answers there',
  `start the server, or check the host and port of DATABASE_URL; without DATABASE_URL, run ${ownCommand('db start')}`,
]
const UNKNOWN_HOST: Explanation = [
  'is not reachable: the host name is unknown',
  `${CHECK_URL} and the name service`,
]
const TIMED_OUT: Explanation = [
  'did not answer in time',
  'check the network, the firewall and the load of the server',
]
const LOST: Explanation = [
  'closed the connection',
  'look into the log of the server, then run the command again',
]
const RESTARTING: Explanation = ['is starting or shutting down', 'run the command again in a moment']
const NOT_MIGRATED: Explanation = [
  'does not have the tables of this version',
  `run ${ownCommand('db migrate')} first`,
]
const DISK_FULL: Explanation = ['has no disk space left', 'free disk space on the machine of the server']
const SHARED_SESSIONS: Explanation = [
  'is a connection pooler that shares sessions between its clients',
  'set pool_mode = session in the pooler, or name the server itself in DATABASE_URL',
]
const UNTRUSTED: Explanation = [
  'shows a certificate that cannot be verified',
  'give the authority with sslrootcert in DATABASE_URL, or encrypt without verification with sslmode=require',
]

/** By SQLSTATE, or by the code of the driver or the system. */
const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  ECONNREFUSED: UNREACHABLE,
  ENOENT: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  EACCES: ['is not reachable: access to its socket is denied', 'run as a user who may open the socket'],
  ENOTFOUND: UNKNOWN_HOST,
  EAI_AGAIN: UNKNOWN_HOST,
  ETIMEDOUT: TIMED_OUT,
  CONNECT_TIMEOUT: TIMED_OUT,
  ECONNRESET: LOST,
  EPIPE: LOST,
  CONNECTION_CLOSED: LOST,
  CONNECTION_DESTROYED: LOST,
  CONNECTION_ENDED: LOST,
  '57P01': RESTARTING,
  '57P02': RESTARTING,
  '57P03': RESTARTING,
  '28P01': ['refused the password', `${CHECK_URL}: user and password`],
  '28000': ['refused the login', `${CHECK_URL}: user, and sslmode=require where the server wants encryption`],
  '3D000': ['does not exist', 'create it (`createdb`), or correct the name at the end of DATABASE_URL'],
  '42P01': NOT_MIGRATED,
  '42703': NOT_MIGRATED,
  '53300': [
    'has no connection left',
    'close other clients, or raise max_connections of the server or the connection limit of the role',
  ],
  '53200': [
    'has no room left for locks',
    'raise max_locks_per_transaction of the server and restart it (each symbol and dataset under way is a lock), or name fewer symbols at a time',
  ],
  '57014': [
    'ended a statement: it took longer than it may, or somebody cancelled it',
    'raise statement_timeout (alter role … set statement_timeout = 0), also in DATABASE_URL and in a pooler',
  ],
  '55P03': ['did not give a lock in time', 'raise lock_timeout, also in DATABASE_URL'],
  '57P05': [
    'ended a session that said nothing',
    'raise idle_session_timeout, also in DATABASE_URL: claims are held by sessions that say nothing for hours',
  ],
  '25P03': [
    'ended a session whose transaction stood still',
    'run the command again; it stands still where the process is stopped or the machine sleeps',
  ],
  '25P04': ['ended a transaction that took too long', 'raise transaction_timeout, also in DATABASE_URL'],
  '08P01': [
    'is reached through a pooler that does not let the parameters of a session pass',
    'name the server itself in DATABASE_URL, or see whether the url has options that the pooler does not know',
  ],
  '42P05': SHARED_SESSIONS,
  '26000': SHARED_SESSIONS,
  '53100': DISK_FULL,
  '25006': ['takes no writes: it is a standby or read-only', 'use the primary server in DATABASE_URL'],
  '42501': ['does not allow this to the user', 'grant the user the right, or use the owner of the database'],
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: UNTRUSTED,
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** One clear line and what to do next, for whatever a driver or the server throws; an error of ours stays as it is. */
export function toDatabaseError(error: unknown, url: string): PerpctlError {
  if (error instanceof PerpctlError) return error
  const code = codeOf(error)
  const where = `database ${describeDatabase(url)}`
  const [message, hint] = EXPLANATIONS[code] ?? []
  const assumed = describeAssumptions(url)
  const hints = [hint ?? '', assumed === '' ? '' : `not in the url, and assumed: ${assumed}`].filter(Boolean)
  const text = error instanceof Error ? error.message : String(error)
  return new DatabaseError(message === undefined ? `${where}: ${text}` : `${where} ${message}`, {
    cause: error,
    ...(hints.length > 0 && { hint: hints.join('; ') }),
    details: code === '' ? {} : { code },
  })
}
