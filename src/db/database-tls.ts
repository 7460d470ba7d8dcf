import { existsSync, readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { ConfigurationError } from '../lib/errors.ts'
import { type LibpqDefaults, userFile, variableOf } from './libpq-defaults.ts'

const VERIFYING = ['verify-ca', 'verify-full']

/** A file of the url or its variable, or else the one that libpq looks for, if it is there. */
function findFile(
  defaults: LibpqDefaults,
  given: string | null,
  { variable, usual }: { readonly variable: string; readonly usual: string },
): string | undefined {
  const path = given || variableOf(defaults, variable)
  if (path !== undefined) return path
  const file = userFile(defaults, usual)
  return existsSync(file) ? file : undefined
}

function read(path: string | undefined, name: string): string | undefined {
  if (path === undefined) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ConfigurationError(`the file ${path} that ${name} of the database names cannot be read`, {
      cause,
    })
  }
}

/**
 * As in libpq: `require` encrypts, and verifies the authority where one is given; `verify-ca` and `verify-full` always
 * look at the certificate. `prefer` and `allow` promise nothing and mean no encryption here: one of the two drivers has
 * no such mode. Undefined for a mode that there is not.
 */
export function toTls(
  query: URLSearchParams,
  defaults: LibpqDefaults,
): { readonly ssl: false | ConnectionOptions } | { readonly problem: string } {
  const root = findFile(defaults, query.get('sslrootcert'), { variable: 'PGSSLROOTCERT', usual: 'root.crt' })
  const isSystem = root === 'system'
  const given = query.get('sslmode') ?? (query.get('ssl') === 'true' ? 'require' : undefined)
  const mode = given ?? variableOf(defaults, 'PGSSLMODE') ?? (isSystem ? 'verify-full' : 'prefer')
  if (['disable', 'allow', 'prefer'].includes(mode) && !isSystem) return { ssl: false }
  if (!['require', ...VERIFYING].includes(mode)) return { problem: `has an unknown sslmode (${mode})` }
  if (isSystem && mode !== 'verify-full')
    return { problem: `has sslmode=${mode}, and sslrootcert=system takes verify-full alone` }
  const files = {
    ca: read(isSystem ? undefined : root, 'sslrootcert'),
    cert: read(
      findFile(defaults, query.get('sslcert'), { variable: 'PGSSLCERT', usual: 'postgresql.crt' }),
      'sslcert',
    ),
    key: read(
      findFile(defaults, query.get('sslkey'), { variable: 'PGSSLKEY', usual: 'postgresql.key' }),
      'sslkey',
    ),
  }
  const present = Object.fromEntries(Object.entries(files).filter(([, text]) => text !== undefined))
  if (mode === 'require' && files.ca === undefined) return { ssl: { ...present, rejectUnauthorized: false } }
  const identity = mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }
  return { ssl: { ...present, ...identity, rejectUnauthorized: true } }
}
