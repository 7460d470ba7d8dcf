import {
  type CliModel,
  type CommandModel,
  childrenOf,
  commonFlags,
  type FlagModel,
  HELP,
} from '../cli-model.ts'
import type { Values } from '../values.ts'
import { quoteFish } from './quoting.ts'

/** A script of `complete` lines; fish itself reads flags and their values. */
export function renderFish(model: CliModel): string {
  const { bin, commands, topics } = model
  return `${header(model)}
${FUNCTIONS}
# No file names where none are asked for.
complete -c ${bin} -f

set -l at __perpctl_at
${words(model, '')}
${model.rootFlags.map(flagLines).join('\n')}
${topics.map(({ name }) => topicBlock(model, name)).join('\n')}

# Flags of every command.
for place in ${commands.map((command) => quoteFish(placeOf(command))).join(' ')}
    set -l at "__perpctl_at '$place'"
${[...commonFlags(model), HELP].map((flag) => `    ${flagLines(flag).replaceAll('\n', '\n    ')}`).join('\n')}
end

${commands.map(commandBlock).join('\n')}`
}

const header = ({ bin, version }: CliModel): string => `# fish completion for ${bin} ${version}
#
# To have it in every new shell write it once where fish looks for it:
#
#   mkdir -p ~/.config/fish/completions
#   ${bin} completion fish > ~/.config/fish/completions/${bin}.fish
#
# or, for this shell alone: ${bin} completion fish | source
#
# Write it again after an update. Nothing of ${bin} is started when TAB is pressed.
`

const FUNCTIONS = `function __perpctl_at --description 'Whether the words before the first flag are these'
    set -l typed
    for word in (commandline -opc)[2..]
        string match -q -- '-*' $word; and break
        set -a typed $word
    end
    string match -q -- "$argv" "$typed"
end

function __perpctl_list --description 'The words that are not in the list yet, each behind what is'
    set -l value (commandline -ct | string replace -r -- '^--[^=]*=' '')
    set -l have (string match -r -- '^.*,' $value)
    for word in $argv
        contains -- $word (string split , -- "$have"); or echo "$have$word"
    end
end
`

/** The place of a command in the words that are typed; its arguments may follow. */
const placeOf = ({ name, args }: CommandModel): string => (args.length > 0 ? `${name}*` : name)

const words = (model: CliModel, path: string): string =>
  childrenOf(model, path)
    .map(({ name, summary }) => `complete -c perpctl -n $at -a ${name} -d ${quoteFish(summary)}`)
    .join('\n')

const topicBlock = (model: CliModel, name: string): string => `
# perpctl ${name}
set at '__perpctl_at ${name}'
${words(model, name)}
${flagLines(HELP)}`

function commandBlock(command: CommandModel): string {
  const own = command.flags.filter(({ isCommon }) => !isCommon)
  const [first] = command.args
  if (own.length === 0 && !first) return ''
  const arg = first ? `\ncomplete -c perpctl -n '__perpctl_at ${command.name}' -k ${offer(first.words)}` : ''
  const flags = own.length > 0 ? `\nset at ${quoteFish(`__perpctl_at '${placeOf(command)}'`)}` : ''
  return `# perpctl ${command.name}${arg}${flags}\n${own.map((flag) => `${flagLines(flag)}\n`).join('')}`
}

function flagLines({ name, char, description, value, isNegatable }: FlagModel): string {
  const spelling = `${char ? `-s ${char} ` : ''}-l ${name}`
  const line = `complete -c perpctl -n $at ${spelling}${value ? ` ${argumentOf(value.values)}` : ''} -d ${quoteFish(description)}`
  if (!isNegatable) return line
  return `${line}\ncomplete -c perpctl -n $at -l no-${name} -d ${quoteFish(`off: ${description}`)}`
}

const quoteWord = (word: string): string => (/^[\w.:,+=@%/-]+$/.test(word) ? word : quoteFish(word))
const offer = (words: readonly string[]): string => `-a ${quoteFish(words.map(quoteWord).join(' '))}`

function argumentOf(values: Values): string {
  switch (values.kind) {
    case 'file':
      return '-r -F'
    case 'folder':
      return "-x -a '(__fish_complete_directories (commandline -ct))'"
    case 'some':
      return `-x -k -a ${quoteFish(`(__perpctl_list ${values.words.map(quoteWord).join(' ')})`)}`
    default:
      return values.words.length > 0 ? `-x -k ${offer(values.words)}` : '-x'
  }
}
