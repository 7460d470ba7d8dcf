import { DatabaseError } from '../lib/errors.ts'
import { describeDatabase } from './database-url.ts'

type Explanation = readonly [message: string, hint: string]

const CHECK_URL = 'check DATABASE_URL'
const UNREACHABLE: Explanation = [
  'is not reachable: nothing answers there',
  'start the server, or check the host and port of DATABASE_URL; without DATABASE_URL, run `perpctl db start`',
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
  'run `perpctl db migrate` first',
]
const DISK_FULL: Explanation = ['has no disk space left', 'free disk space on the machine of the server']
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
  '53300': ['has no connection left', 'close other clients, or raise max_connections of the server'],
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

/** One clear line and what to do next, for whatever a driver or the server throws; a DatabaseError stays as it is. */
export function toDatabaseError(error: unknown, url: string): DatabaseError {
  if (error instanceof DatabaseError) return error
  const code = codeOf(error)
  const where = `database ${describeDatabase(url)}`
  const [message, hint] = EXPLANATIONS[code] ?? []
  if (message !== undefined && hint !== undefined) {
    return new DatabaseError(`${where} ${message}`, { cause: error, hint, details: { code } })
  }
  const text = error instanceof Error ? error.message : String(error)
  return new DatabaseError(`${where}: ${text}`, { cause: error, details: code === '' ? {} : { code } })
}
