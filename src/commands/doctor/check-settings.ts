import { join } from 'node:path'
import { readDotenv } from '../../lib/config/dotenv-file.ts'
import { findUnknownVariables } from '../../lib/config/unknown-variables.ts'
import { type Finding, findingsOf } from '../../lib/diagnosis/finding.ts'

const report = findingsOf('configuration')

export interface SettingsScene {
  /** Where perpctl was started. */
  readonly folder: string
  /** With what `.env` has added. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Every variable that some command knows. */
  readonly variables: ReadonlySet<string>
}

const OURS = /^(?:PERPCTL_\w+|DATABASE_URL|COINALYZE_KEY)$/

/**
 * Where the variables come from, by their names alone. A cron job starts in another folder than its author, and a
 * variable that is misspelt says nothing by itself.
 */
export function checkSettings({ folder, environment, variables }: SettingsScene): Finding {
  const file = join(folder, '.env')
  const inFile = readDotenv(folder)
  const set = Object.keys(environment)
    .filter((name) => OURS.test(name) && environment[name])
    .toSorted()
  const strangers = findUnknownVariables(environment, variables)
  const unknown = strangers.map(({ name }) => name)
  // What the environment sets wins, and cannot be told from the file where both say the same.
  const isFromFile = (name: string): boolean => inFile !== undefined && inFile[name] === environment[name]
  const fromFile = set.filter(isFromFile)
  const fromEnvironment = set.filter((name) => !isFromFile(name))
  const parts = [
    inFile === undefined ? `no .env in ${folder}` : `${file} sets ${list(fromFile)}`,
    `the environment sets ${list(fromEnvironment)}`,
  ]
  const details = { folder, hasDotenv: inFile !== undefined, fromFile, fromEnvironment, unknown }
  const message = parts.join('; ')
  if (unknown.length === 0) return report.ok('settings', message, { details })
  const near = strangers.map((one) => (one.near === undefined ? one.name : `${one.name} (${one.near}?)`))
  return report.warning('settings', `${message}; perpctl does not know ${list(near)}`, {
    hint: 'see .env.example or --help for the names of the variables',
    details,
  })
}

const list = (names: readonly string[]): string => (names.length === 0 ? 'nothing' : names.join(', '))
