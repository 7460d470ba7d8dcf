import type { ConnectionOptions } from 'node:tls'
import { ConfigurationError } from '../lib/errors.ts'
import { toTls } from './database-tls.ts'
import {
  assumeDatabase,
  assumeHost,
  assumeUser,
  findPassword,
  type LibpqDefaults,
  openDefaults,
  type Variables,
  variableOf,
} from './libpq-defaults.ts'
import { toServerOptions } from './session-settings.ts'

/** Where and as whom to connect, in the terms of `pg`: its `Client` takes this object as it is. */
export interface DatabaseAddress {
  /** A name, an address, or the folder of a unix socket (begins with `/`). */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password?: string
  readonly database: string
  readonly ssl: false | ConnectionOptions
  readonly application_name?: string
  readonly options?: string
  /** It leads to a pooler, which takes no options. */
  readonly isPooled: boolean
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

interface ParsedUrl {
  readonly address: DatabaseAddress
  readonly assumed: readonly string[]
}

/** Ours, added where a pooler was found: no other program sees it. */
const POOLED = 'perpctl_pooled'

function parse(url: string, variables: Variables): ParsedUrl {
  const parts = URL_PARTS.exec(url)?.groups
  if (!parts) reject('does not begin with postgres:// or postgresql://, or cannot be read')
  const query = new URLSearchParams(parts.query ?? '')
  const server = splitServer(parts.server ?? '')
  const [, name, secret] = /^([^:]*)(?::(.*))?$/s.exec(parts.login ?? '') ?? []
  const defaults = openDefaults(variables)
  const host = query.get('host') || server.host || assumeHost(defaults)
  const port = toPort(query.get('port') ?? (server.port || variableOf(defaults, 'PGPORT')))
  const user = query.get('user') || decode(name, 'user name') || assumeUser(defaults)
  const database =
    query.get('dbname') || decode(parts.name, 'database name') || assumeDatabase(defaults, user)
  const password =
    query.get('password') ??
    decode(secret, 'password') ??
    findPassword(defaults, { host, port, user, database }, query.get('passfile'))
  const tls = toTls(query, defaults)
  if ('problem' in tls) reject(tls.problem)
  const isPooled = query.has(POOLED)
  const address = {
    ...{ host, port, user, database, isPooled, ssl: tls.ssl },
    ...(password !== undefined && { password }),
    ...namesOf(query, defaults, isPooled),
  }
  return { address, assumed: defaults.assumed }
}

function namesOf(
  query: URLSearchParams,
  defaults: LibpqDefaults,
  isPooled: boolean,
): Pick<DatabaseAddress, 'application_name' | 'options'> {
  const name = query.get('application_name') ?? variableOf(defaults, 'PGAPPNAME')
  const given = query.get('options') ?? variableOf(defaults, 'PGOPTIONS')
  const options = isPooled ? given : toServerOptions(given)
  return { ...(name !== undefined && { application_name: name }), ...(options !== undefined && { options }) }
}

/**
 * Reads a url as libpq does, unix sockets (`?host=/folder`, or the folder percent-encoded as host) and what the url
 * leaves out (variables, password file, the user of the process) included: the drivers do not agree on it. Parameters
 * that no driver needs to know are left out.
 *
 * @throws ConfigurationError without any part of the url that may be secret
 */
export const parseDatabaseUrl = (url: string, variables: Variables = process.env): DatabaseAddress =>
  parse(url, variables).address

/** What the url does not say and was taken from elsewhere, for messages. */
export const describeAssumptions = (url: string, variables: Variables = process.env): string =>
  parse(url, variables).assumed.join(', ')

/** The same where the url does not say which server or which database; empty where it says both. */
export function describeAssumedPlace(url: string, variables: Variables = process.env): string {
  const { assumed } = parse(url, variables)
  return assumed.some((part) => /^(?:host|name) /.test(part)) ? assumed.join(', ') : ''
}

/** `host:port/name`, for messages: no user, no password. */
export function describeDatabase(url: string): string {
  const { host, port, database } = parseDatabaseUrl(url)
  return `${host.includes(':') ? `[${host}]` : host}:${port}/${database}`
}

export const isPooled = (url: string): boolean => parseDatabaseUrl(url).isPooled

/** The same url, for sessions that go through a pooler. */
export function markPooled(url: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${POOLED}=1`
}

/** The same server and login, another database. */
export function withDatabase(url: string, name: string): string {
  parseDatabaseUrl(url)
  const query = new URLSearchParams(/\?(.*)$/s.exec(url)?.[1] ?? '')
  query.delete('dbname')
  const server = /^[^:]*:\/\/[^/?]*/.exec(url)?.[0] ?? ''
  return `${server}/${encodeURIComponent(name)}${query.size > 0 ? `?${query.toString()}` : ''}`
}
