import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { ConfigurationError } from '../lib/errors.ts'

/** Where and as whom to connect, in the terms of `pg`: its `Client` takes this object as it is. */
export interface DatabaseAddress {
  /** A name, an address, or the folder of a unix socket (begins with `/`). */
  readonly host: string
  readonly port: number
  readonly user?: string
  readonly password?: string
  readonly database?: string
  readonly ssl: false | ConnectionOptions
  readonly application_name?: string
  readonly options?: string
}

const URL_PARTS =
  /^postgres(?:ql)?:\/\/(?:(?<login>[^/?]*)@)?(?<server>[^/?@]*)(?:\/(?<name>[^?]*))?(?:\?(?<query>.*))?$/s
const HINT =
  'set DATABASE_URL to postgresql://user:password@host:5432/name, with special characters percent-encoded'

function reject(problem: string): never {
  throw new ConfigurationError(`the database url ${problem}`, { hint: HINT })
}

function decode(text: string | undefined, what: string): string | undefined {
  if (text === undefined || text === '') return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    return reject(`has a ${what} that is not percent-encoded`)
  }
}

function toPort(text: string | undefined): number {
  const port = Number(text || 5432)
  return Number.isInteger(port) && port > 0 && port < 65_536
    ? port
    : reject('has a port that is not a port number')
}

function splitServer(server: string): { host: string | undefined; port: string | undefined } {
  if (server.includes(',')) reject('names more than one server')
  const match = /^(?:\[(?<bracketed>[^\]]*)\]|(?<plain>[^:]*))(?::(?<port>\d*))?$/.exec(server)
  if (!match) reject('has a host that cannot be read')
  return { host: decode(match.groups?.bracketed ?? match.groups?.plain, 'host'), port: match.groups?.port }
}

function readCertificate(path: string | null, name: string): string | undefined {
  if (!path || path === 'system') return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ConfigurationError(`the file ${path} that ${name} in the database url names cannot be read`, {
      cause,
    })
  }
}

/**
 * `require` encrypts without a look at the certificate, `verify-ca` and `verify-full` check it, as in libpq. `prefer`
 * and `allow` promise nothing and mean no encryption here: one of the two drivers has no such mode.
 */
function toSsl(query: URLSearchParams): false | ConnectionOptions {
  const mode = query.get('sslmode') ?? (query.get('ssl') === 'true' ? 'require' : 'disable')
  if (['disable', 'allow', 'prefer'].includes(mode)) return false
  if (!['require', 'verify-ca', 'verify-full'].includes(mode)) reject(`has an unknown sslmode (${mode})`)
  const files = {
    ca: readCertificate(query.get('sslrootcert'), 'sslrootcert'),
    cert: readCertificate(query.get('sslcert'), 'sslcert'),
    key: readCertificate(query.get('sslkey'), 'sslkey'),
  }
  const given = Object.fromEntries(Object.entries(files).filter(([, text]) => text !== undefined))
  if (mode === 'require') return { ...given, rejectUnauthorized: false }
  const identity = mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}
  return { ...given, ...identity, rejectUnauthorized: true }
}

/**
 * Reads a url as libpq does, unix sockets (`?host=/folder`, or the folder percent-encoded as host) included, which the
 * drivers' own parsers do not agree on. Parameters that no driver needs to know are left out.
 *
 * @throws ConfigurationError without any part of the url that may be secret
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  const parts = URL_PARTS.exec(url)?.groups
  if (!parts) reject('does not begin with postgres:// or postgresql://, or cannot be read')
  const query = new URLSearchParams(parts.query ?? '')
  const server = splitServer(parts.server ?? '')
  const [, user, password] = /^([^:]*)(?::(.*))?$/s.exec(parts.login ?? '') ?? []
  const optional = {
    user: query.get('user') ?? decode(user, 'user name'),
    password: query.get('password') ?? decode(password, 'password'),
    database: query.get('dbname') ?? decode(parts.name, 'database name'),
    application_name: query.get('application_name') ?? undefined,
    options: query.get('options') ?? undefined,
  }
  return {
    host: query.get('host') || server.host || 'localhost',
    port: toPort(query.get('port') ?? server.port),
    ssl: toSsl(query),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  }
}

/** `host:port/name`, for messages: no user, no password. */
export function describeDatabase(url: string): string {
  const { host, port, database } = parseDatabaseUrl(url)
  return `${host.includes(':') ? `[${host}]` : host}:${port}/${database ?? ''}`
}

/** The same server and login, another database. */
export function withDatabase(url: string, name: string): string {
  parseDatabaseUrl(url)
  const query = new URLSearchParams(/\?(.*)$/s.exec(url)?.[1] ?? '')
  query.delete('dbname')
  const server = /^[^:]*:\/\/[^/?]*/.exec(url)?.[0] ?? ''
  return `${server}/${encodeURIComponent(name)}${query.size > 0 ? `?${query.toString()}` : ''}`
}
