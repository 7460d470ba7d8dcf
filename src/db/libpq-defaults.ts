import { readFileSync, statSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { ConfigurationError } from '../lib/errors.ts'

export type Variables = Readonly<Record<string, string | undefined>>

/** What a url leaves out is looked for where libpq looks. */
export interface LibpqDefaults {
  readonly variables: Variables
  /** What has been filled in, in a phrase each. */
  readonly assumed: string[]
}

export const openDefaults = (variables: Variables): LibpqDefaults => ({ variables, assumed: [] })

/** A variable that is empty is one that is not set. */
export const variableOf = ({ variables }: LibpqDefaults, name: string): string | undefined =>
  variables[name] || undefined

const isWindows = process.platform === 'win32'

/** In the folder of the user's certificates and, on Windows, passwords. */
export function userFile({ variables }: LibpqDefaults, name: string): string {
  if (isWindows) return join(variables.APPDATA ?? homedir(), 'postgresql', name)
  return join(variables.HOME || homedir(), '.postgresql', name)
}

export function assumeHost(defaults: LibpqDefaults): string {
  const given = variableOf(defaults, 'PGHOST')
  const host = given ?? 'localhost'
  defaults.assumed.push(`host ${host}${given === undefined ? '' : ' (PGHOST)'}`)
  return host
}

export function assumeUser(defaults: LibpqDefaults): string {
  const given = variableOf(defaults, 'PGUSER')
  const user = given ?? processUser()
  defaults.assumed.push(`user ${user} (${given === undefined ? 'of this process' : 'PGUSER'})`)
  return user
}

function processUser(): string {
  try {
    return userInfo().username
  } catch (cause) {
    throw new ConfigurationError('the database url names no user, and the user of this process has no name', {
      cause,
      hint: 'name the user in DATABASE_URL: postgresql://user@host/name',
    })
  }
}

export function assumeDatabase(defaults: LibpqDefaults, user: string): string {
  const given = variableOf(defaults, 'PGDATABASE')
  defaults.assumed.push(
    given === undefined ? `name ${user} (that of the user)` : `name ${given} (PGDATABASE)`,
  )
  return given ?? user
}

/** Folders of sockets that password files call localhost. */
const USUAL_SOCKETS = /^\/(?:tmp|(?:var\/)?run\/postgresql)$/

interface Login {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
}

/** From `PGPASSWORD`, or the first line of the password file that fits. */
export function findPassword(defaults: LibpqDefaults, login: Login, path: string | null): string | undefined {
  const given = variableOf(defaults, 'PGPASSWORD')
  if (given !== undefined) return given
  const file = path || variableOf(defaults, 'PGPASSFILE') || usualPassfile(defaults)
  const lines = readPassfile(file, defaults)
  const host = USUAL_SOCKETS.test(login.host) ? 'localhost' : login.host
  const wanted = [host, String(login.port), login.database, login.user]
  for (const line of lines) {
    const fields = LINE.exec(line)?.slice(1) ?? []
    const [, , , , password] = fields
    if (password === undefined) continue
    if (wanted.every((value, at) => fields[at] === '*' || dropBackslashes(fields[at] ?? '') === value))
      return dropBackslashes(password)
  }
  return undefined
}

const usualPassfile = (defaults: LibpqDefaults): string =>
  isWindows ? userFile(defaults, 'pgpass.conf') : join(defaults.variables.HOME || homedir(), '.pgpass')

/** The lines that say something. A file that others may read says nothing, as in libpq. */
function readPassfile(file: string, { assumed }: LibpqDefaults): readonly string[] {
  try {
    const { mode } = statSync(file)
    if (!isWindows && (mode & 0o077) !== 0) {
      assumed.push(`${file} was not read, as others may read it (chmod 600)`)
      return []
    }
    return readFileSync(file, 'utf8')
      .split(/\r?\n/)
      .filter((line) => line !== '' && !line.startsWith('#'))
  } catch {
    return []
  }
}

/** Four fields that end at colons without a backslash before them; the rest is the password. */
const FIELD = String.raw`((?:\\.|[^\\:])*):`
const LINE = new RegExp(`^${FIELD.repeat(4)}(.*)$`)
const dropBackslashes = (text: string): string => text.replaceAll(/\\(.)/g, '$1')
