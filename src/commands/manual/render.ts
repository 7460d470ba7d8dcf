import { EXIT_MEANINGS } from '../../lib/errors.ts'
import { type CliModel, type CommandModel, commonFlags, type FlagModel, namesOf } from '../cli-model.ts'
import { describeVariables } from './environment.ts'
import { bold, escapeRoff, italic, PARAGRAPH, prose, section, subsection, tagged, verbatim } from './roff.ts'
import { DESCRIPTION, ENVIRONMENT, FILES } from './texts.ts'

/** The page perpctl(1), for `man`. Without a date: that of the clock would make each page another one. */
export function renderManPage(model: CliModel): string {
  const { bin, version, summary } = model
  return [
    `.TH ${escapeRoff(bin.toUpperCase())} 1 "" "${escapeRoff(`${bin} ${version}`)}" "User Commands"`,
    '.nh',
    '.ad l',
    section('Name'),
    `${escapeRoff(bin)} \\- ${escapeRoff(summary.charAt(0).toLowerCase() + summary.slice(1))}`,
    section('Synopsis'),
    ...synopsis(bin),
    section('Description'),
    prose(DESCRIPTION),
    section('Commands'),
    ...model.commands.flatMap(describeCommand),
    section('Common options'),
    prose('Every command takes these.'),
    ...commonFlags(model).map(describeFlag),
    ...model.rootFlags.map(describeFlag),
    section('Environment'),
    prose(ENVIRONMENT),
    ...describeVariables(model).map(({ name, description }) => tagged(bold(name), escapeRoff(description))),
    tagged(bold('NO_COLOR'), 'no colours, whatever its value'),
    section('Files'),
    ...FILES.map(([name, text]) => tagged(italic(name), escapeRoff(text))),
    section('Exit status'),
    ...EXIT_MEANINGS.map(({ codes, meaning }) => tagged(bold(codes.join(', ')), escapeRoff(meaning))),
    section('Examples'),
    model.commands.flatMap(showExample).join(PARAGRAPH),
    section('See also'),
    SEE_ALSO.map(([name, chapter]) => `${bold(name)}(${chapter})`).join(',\n'),
    '',
  ].join('\n')
}

const SEE_ALSO = [
  ['psql', 1],
  ['crontab', 5],
  ['systemd.service', 5],
] as const

const synopsis = (bin: string): string[] => [
  `${bold(bin)} ${italic('COMMAND')} [${italic('FLAGS')}]`,
  '.br',
  `${bold(bin)} ${italic('COMMAND')} ${bold('--help')}`,
]

function describeCommand(command: CommandModel): string[] {
  const { name, summary, description, args, flags } = command
  return [
    subsection([name, ...args.map(({ words }) => words.join('|'))].join(' ')),
    prose(description === '' ? `${summary}.` : `${summary}.\n\n${description}`),
    ...flags.filter(({ isCommon }) => !isCommon).map(describeFlag),
  ]
}

function describeFlag(flag: FlagModel): string {
  const { char, value, isRepeatable, description } = flag
  const label = value ? `=${italic(value.label)}${isRepeatable ? ' ...' : ''}` : ''
  const names = [...(char ? [`-${char}`] : []), ...namesOf(flag)].map(bold).join(', ')
  return tagged(`${names}${label}`, escapeRoff(description))
}

/** The first one of each command, under what the command does. */
const showExample = ({ summary, examples: [first] }: CommandModel): string[] =>
  first ? [`${escapeRoff(summary)}:\n${verbatim([`$ ${first.command}`])}`] : []
