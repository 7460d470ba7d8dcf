import { realpathSync } from 'node:fs'
import { delimiter, isAbsolute, join, relative, sep } from 'node:path'
import { quoteWord } from './shell-words.ts'

/** What tells how this process was started. */
export interface Start {
  /** A file of its own: then `argv0` is what was typed. */
  readonly isSingle: boolean
  readonly argv0: string
  /** The file that Node runs. */
  readonly script: string
  readonly folder: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

const NAME = 'perpctl'

/** What to type to start perpctl once more, from the same folder by the same shell: `perpctl`, `./bin/run.js`, `npm start --`. */
export function startedAs({ isSingle, argv0, script, folder, environment }: Start): string {
  if (isSingle) return quoteWord(argv0)
  if (isOfNpm(script, environment)) return 'npm start --'
  if (environment.npm_lifecycle_event === 'npx') return `npx ${NAME}`
  const file = followLinks(script)
  const isOnPath = (environment.PATH ?? '')
    .split(delimiter)
    .some((entry) => entry !== '' && followLinks(join(entry, NAME)) === file)
  if (isOnPath) return NAME
  const near = relative(folder, script)
  const isBelow = !near.startsWith('..') && !isAbsolute(near)
  return quoteWord(isBelow ? `.${sep}${near}` : script)
}

function isOfNpm(script: string, environment: Start['environment']): boolean {
  const { npm_lifecycle_event: event, npm_package_name: name, npm_package_json: file = '' } = environment
  return event === 'start' && name === NAME && script.startsWith(file.replace(/package\.json$/, ''))
}

function followLinks(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
