import {
  type CliModel,
  type CommandModel,
  commonFlags,
  type ExampleModel,
  type FlagModel,
  namesOf,
} from '../../src/commands/cli-model.ts'
import { describeVariables } from '../../src/commands/manual/environment.ts'
import { ENVIRONMENT, FILES } from '../../src/commands/manual/texts.ts'
import { EXIT_MEANINGS } from '../../src/lib/errors.ts'
import { code, plain, shell, table } from './markdown.ts'

/** `docs/reference.md`: every command, flag, variable, file and exit code of the model, in its order. */
export function renderReference(model: CliModel): string {
  const { bin, commands } = model
  return [
    '# Reference',
    'Made by `npm run docs` from what `--help` and `perpctl man` show; a test says when it is not fresh.',
    table(
      ['command', 'does'],
      commands.map(({ name, summary }) => [
        `[${code(`${bin} ${name}`)}](#${anchorOf(bin, name)})`,
        plain(summary),
      ]),
    ),
    'Behind these: [common flags](#common-flags), [variables](#variables), [files](#files), [exit codes](#exit-codes).',
    ...commands.flatMap((command) => describeCommand(bin, command)),
    '## Common flags',
    'Every command takes these.',
    flagTable([...commonFlags(model), ...model.rootFlags]),
    '## Variables',
    `${plain(ENVIRONMENT)} [.env.example](../.env.example) lists all of them with their defaults, to be copied.`,
    table(
      ['variable', 'is for'],
      [
        ...describeVariables(model).map(({ name, description }) => [code(name), plain(description)]),
        [code('NO_COLOR'), 'no colours, whatever its value'],
      ],
    ),
    '## Files',
    table(
      ['file or folder', 'is'],
      FILES.map(([name, text]) => [code(name), plain(text)]),
    ),
    '## Exit codes',
    exitTable(),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}

export const exitTable = (): string =>
  table(
    ['exit code', 'means'],
    EXIT_MEANINGS.map(({ codes, meaning }) => [codes.join(', '), plain(meaning)]),
  )

/** As GitHub makes it of a heading. */
const anchorOf = (bin: string, name: string): string => `${bin} ${name}`.replaceAll(' ', '-')

function describeCommand(bin: string, command: CommandModel): string[] {
  const { name, summary, description, args, flags, examples } = command
  const own = flags.filter(({ isCommon }) => !isCommon)
  const words = args.map((arg) => (arg.words.length > 0 ? arg.words.join('|') : arg.name.toUpperCase()))
  return [
    `## ${bin} ${name}`,
    `${plain(summary)}.`,
    shell([[bin, name, ...words.map((word) => `[${word}]`), '[FLAGS]'].join(' ')]),
    ...(description === '' ? [] : description.split(/\n{2,}/).map(plain)),
    ...(args.length === 0
      ? []
      : [
          table(
            ['argument', 'is'],
            args.map((arg, at) => [code(words[at] ?? ''), plain(arg.description)]),
          ),
        ]),
    ...(own.length === 0 ? ['No flags of its own; [the common ones](#common-flags).'] : [flagTable(own)]),
    ...(examples.length === 0 ? [] : [showExamples(examples)]),
  ]
}

const showExamples = (examples: readonly ExampleModel[]): string =>
  shell(
    examples.flatMap(({ description, command }) => [
      ...(description === '' ? [] : [`# ${description}`]),
      command,
    ]),
  )

const flagTable = (flags: readonly FlagModel[]): string =>
  table(['flag', 'variable', 'default', 'is'], flags.map(describeFlag))

/** What a description says of the default has a column of its own. */
const DEFAULT = / \(default:? ([^()]+)\)$/

function describeFlag(flag: FlagModel): string[] {
  const { char, value, isRepeatable, isNegatable, description, variable } = flag
  const label = value ? `=${value.label}${isRepeatable ? ' ...' : ''}` : ''
  const names = [...(char ? [`-${char}`] : []), ...namesOf(flag)]
  const told = DEFAULT.exec(description)?.[1]
  const byKind = value ? '' : isNegatable ? 'on' : 'off'
  return [
    names.map((name, at) => code(at === names.length - 1 ? name + label : name)).join(', '),
    variable === undefined ? '' : code(variable),
    told === undefined ? byKind : plain(told),
    plain(description.replace(DEFAULT, '')),
  ]
}
