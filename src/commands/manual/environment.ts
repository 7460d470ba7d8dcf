import { describeEnvironmentOnly } from '../../lib/config/settings.ts'
import { VENUE_SETTINGS } from '../../venues/index.ts'
import type { CliModel, FlagModel } from '../cli-model.ts'

export interface Variable {
  readonly name: string
  /** What reads it and what for. */
  readonly description: string
}

interface Use {
  readonly command: string
  readonly flag: FlagModel
}

/** Every variable once, in alphabetical order: those of flags and those that have none. */
export function describeVariables(model: CliModel): Variable[] {
  const uses = model.commands.flatMap(({ name, flags }) =>
    flags.flatMap((flag) =>
      flag.variable === undefined ? [] : [{ variable: flag.variable, use: { command: name, flag } }],
    ),
  )
  const ofFlags = Object.entries(Object.groupBy(uses, ({ variable }) => variable)).map(
    ([name, found = []]) => ({
      name,
      description: describeUses(
        model,
        found.map(({ use }) => use),
      ),
    }),
  )
  const others = [...describeEnvironmentOnly(), ...VENUE_SETTINGS].map(
    ({ variable, description, defaultValue }) => ({
      name: variable,
      description: defaultValue === undefined ? description : `${description} (default ${defaultValue})`,
    }),
  )
  return [...ofFlags, ...others].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** `--since of backfill: from …`; what differs between commands is told for each. */
function describeUses(model: CliModel, uses: readonly Use[]): string {
  const told = Object.entries(
    Object.groupBy(uses, ({ flag }) => `--${flag.isNegatable ? '[no-]' : ''}${flag.name}`),
  )
  return told
    .map(([flag, same = []]) => {
      const places = placesOf(
        model,
        same.map(({ command }) => command),
      )
      const description = same[0]?.flag.description ?? ''
      return `${flag}${places === '' ? '' : ` of ${places}`}: ${description}`
    })
    .join('; ')
}

/** A topic stands for its commands where all of them are meant, nothing for all commands that there are. */
function placesOf({ commands, topics }: CliModel, names: readonly string[]): string {
  if (names.length === commands.length) return ''
  const whole = topics.filter(({ name }) =>
    commands
      .filter((command) => command.name.startsWith(`${name} `))
      .every((command) => names.includes(command.name)),
  )
  const rest = names.filter((name) => !whole.some((topic) => name.startsWith(`${topic.name} `)))
  return [...whole.map(({ name }) => name), ...rest].join(', ')
}
