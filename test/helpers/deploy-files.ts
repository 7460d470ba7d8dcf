import { readFileSync } from 'node:fs'
import type { Interfaces } from '@oclif/core'
import { COMMANDS } from '../../src/commands/index.ts'
import { ENVIRONMENT_ONLY } from '../../src/lib/config/settings.ts'
import { VENUE_SETTINGS } from '../../src/venues/index.ts'

export const readDeployed = (name: string): string =>
  readFileSync(new URL(`../../deploy/${name}`, import.meta.url), 'utf8')

const definitionsOf = (id: string): Interfaces.FlagInput => {
  const command = COMMANDS[id]
  return { ...command?.baseFlags, ...command?.flags }
}

/** Every variable that perpctl reads. */
export const VARIABLES: ReadonlySet<string> = new Set([
  ...Object.keys(COMMANDS)
    .flatMap((id) => Object.values(definitionsOf(id)))
    .flatMap((flag) => ('env' in flag && flag.env ? [flag.env] : [])),
  ...Object.values(ENVIRONMENT_ONLY),
  ...VENUE_SETTINGS.map(({ variable }) => variable),
])

/** What is wrong with the words of a command line after `perpctl`; undefined where there is such a command with such flags. */
export function findFault(words: readonly string[]): string | undefined {
  const names = words.filter((word) => !word.startsWith('-'))
  const id = names.join(':')
  if (!(id in COMMANDS)) return `there is no command ${names.join(' ')}`
  const known = Object.keys(definitionsOf(id)).map((name) => `--${name}`)
  return words.find((word) => word.startsWith('-') && !known.includes(word))
}

/** `NAME=value` lines of an environment file; those in comments too. */
export const variablesIn = (text: string): string[] =>
  [...text.matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)].map((match) => match[1] ?? '')
