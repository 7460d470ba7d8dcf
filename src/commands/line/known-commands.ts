import { type DescribedCommand, type FlagModel, modelFlag, nameOf } from '../cli-model.ts'

/** What a command line may say after the words of a command. */
export interface KnownCommand {
  /** As it is typed: `backfill ohlcv`. */
  readonly name: string
  readonly summary: string
  /** Those that help hides, too. */
  readonly flags: readonly FlagModel[]
  /** What each of its arguments may be, in their order. */
  readonly args: readonly (readonly string[])[]
}

export const knownCommands = (commands: readonly DescribedCommand[]): KnownCommand[] =>
  commands.map((command) => ({
    name: nameOf(command),
    summary: command.summary ?? '',
    flags: Object.entries(command.flags).map(([name, flag]) => modelFlag(name, flag)),
    args: Object.values(command.args).map((arg) => arg.options ?? []),
  }))

/** `backfill`, `db`: words that only lead to commands. */
export const topicsOf = (commands: readonly KnownCommand[]): string[] => [
  ...new Set(
    commands
      .map(({ name }) => name.split(' '))
      .flatMap(([topic, ...rest]) => (rest.length > 0 && topic ? [topic] : [])),
  ),
]

export const findFlag = ({ flags }: KnownCommand, name: string): FlagModel | undefined =>
  flags.find((flag) => flag.name === name)
