import type { Command, Interfaces } from '@oclif/core'
import { type Values, valuesOf } from './values.ts'

/** The command line as data: what completion scripts and the manual are made of. */
export interface CliModel {
  readonly bin: string
  readonly version: string
  readonly summary: string
  /** `--help` and `--version`, which are taken where no command is named. */
  readonly rootFlags: readonly FlagModel[]
  /** Words that only lead to commands, in alphabetical order. */
  readonly topics: readonly TopicModel[]
  readonly commands: readonly CommandModel[]
}

export interface TopicModel {
  /** `backfill`. */
  readonly name: string
  readonly summary: string
}

export interface CommandModel {
  /** As it is typed: `backfill ohlcv`. */
  readonly name: string
  readonly summary: string
  readonly description: string
  readonly flags: readonly FlagModel[]
  /** What its arguments may be, in their order. */
  readonly args: readonly ArgModel[]
  readonly examples: readonly ExampleModel[]
}

export interface FlagModel {
  /** Without dashes. */
  readonly name: string
  readonly char: string | undefined
  readonly description: string
  /** Undefined: a switch, which takes no value. */
  readonly value: ValueModel | undefined
  /** `--no-…` is there too. */
  readonly isNegatable: boolean
  readonly isRepeatable: boolean
  /** Of every command, not of this one. */
  readonly isCommon: boolean
  readonly variable: string | undefined
}

export interface ValueModel {
  /** As help shows it: `WHEN`. */
  readonly label: string
  readonly values: Values
}

export interface ArgModel {
  readonly name: string
  readonly description: string
  readonly words: readonly string[]
}

export interface ExampleModel {
  readonly description: string
  readonly command: string
}

interface Source {
  readonly bin: string
  readonly version: string
  readonly summary: string
  readonly topics: readonly Interfaces.Topic[]
  readonly commands: readonly DescribedCommand[]
}

/** What oclif keeps of a command, with the flags that all have among its own. */
export interface DescribedCommand
  extends Pick<Command.Loadable, 'id' | 'hidden' | 'summary' | 'description' | 'examples'> {
  readonly args: Readonly<Record<string, Command.Arg.Any>>
  readonly flags: Readonly<Record<string, Command.Flag.Any>>
}

const switchFlag = (name: string, description: string): FlagModel => ({
  name,
  char: undefined,
  description,
  value: undefined,
  isNegatable: false,
  isRepeatable: false,
  isCommon: true,
  variable: undefined,
})

export const HELP = switchFlag('help', 'show what it does, its flags and examples')
const VERSION = switchFlag('version', 'show the version')

export function buildModel({ bin, version, summary, topics, commands }: Source): CliModel {
  const shown = commands.filter(({ hidden }) => !hidden)
  return {
    bin,
    version,
    summary,
    rootFlags: [HELP, VERSION],
    topics: topics
      .filter((topic) => shown.some(({ id }) => id.startsWith(`${topic.name}:`)))
      .map((topic) => ({ name: topic.name, summary: topic.description?.split('\n')[0] ?? '' }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    commands: shown.map((command) => modelCommand(command, bin)),
  }
}

/** As it is typed: `backfill ohlcv` for `backfill:ohlcv`. */
export const nameOf = ({ id }: DescribedCommand): string => id.replaceAll(':', ' ')

function modelCommand(command: DescribedCommand, bin: string): CommandModel {
  const name = nameOf(command)
  const args = Object.entries(command.args).filter(([, arg]) => !arg.hidden)
  const render = (text: string): string =>
    text.replaceAll('<%= config.bin %>', bin).replaceAll('<%= command.id %>', name).replace(/^\$ /, '')
  return {
    name,
    summary: command.summary ?? '',
    description: command.description ?? '',
    flags: Object.entries(command.flags)
      .filter(([, flag]) => !flag.hidden)
      .map(([flagName, flag]) => modelFlag(flagName, flag))
      .toSorted((a, b) => Number(a.isCommon) - Number(b.isCommon)),
    args: args.map(([argName, arg]) => ({
      name: argName,
      description: arg.description ?? '',
      words: arg.options ?? [],
    })),
    examples: (command.examples ?? []).map((example) =>
      typeof example === 'string'
        ? { description: '', command: render(example) }
        : { description: render(example.description), command: render(example.command) },
    ),
  }
}

export function modelFlag(name: string, flag: Command.Flag.Any): FlagModel {
  const isSwitch = flag.type === 'boolean'
  return {
    name,
    char: flag.char,
    description: flag.description ?? '',
    value: isSwitch ? undefined : { label: labelOf(flag.helpValue, name), values: valuesOf(flag) },
    isNegatable: isSwitch && flag.allowNo === true,
    isRepeatable: !isSwitch && flag.multiple === true,
    isCommon: flag.helpGroup === 'GLOBAL',
    variable: flag.env,
  }
}

const labelOf = (helpValue: string | string[] | undefined, name: string): string =>
  typeof helpValue === 'string' ? helpValue : (helpValue?.[0] ?? name.toUpperCase())

/** What no command leaves out. */
export const commonFlags = ({ commands: [first] }: CliModel): readonly FlagModel[] =>
  first?.flags.filter(({ isCommon }) => isCommon) ?? []

/** `--no-color` beside `--color`. */
export const namesOf = ({ name, isNegatable }: FlagModel): readonly string[] =>
  isNegatable ? [`--${name}`, `--no-${name}`] : [`--${name}`]

/** What may come after `path` (`''`, `backfill`): topics and commands, with their own word and summary. */
export function childrenOf({ topics, commands }: CliModel, path: string): readonly TopicModel[] {
  const before = path === '' ? [] : path.split(' ')
  return [...topics, ...commands]
    .filter(({ name }) => {
      const words = name.split(' ')
      return words.length === before.length + 1 && before.every((word, at) => words[at] === word)
    })
    .map(({ name, summary }) => ({ name: name.split(' ').at(-1) ?? '', summary }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}
