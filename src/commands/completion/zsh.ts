import {
  type CliModel,
  type CommandModel,
  childrenOf,
  commonFlags,
  type FlagModel,
  HELP,
  namesOf,
} from '../cli-model.ts'
import type { Values } from '../values.ts'

/** A script for `_arguments`, which does the reading of the command line; works from a folder of `fpath` and sourced. */
export function renderZsh(model: CliModel): string {
  const { commands, topics } = model
  return `#compdef ${model.bin}
${header(model)}
${['', ...topics.map(({ name }) => name)].map((path) => menu(model, path)).join('\n')}
# Flags of every command.
_perpctl_common() {
  reply=(
${[...commonFlags(model), HELP].flatMap(specsOf).map(indented).join('\n')}
  )
}

${commands.map(commandFunction).join('\n')}
${FOOTER}`
}

const header = ({ bin, version }: CliModel): string => `# zsh completion for ${bin} ${version}
#
# To have it in every new shell, either add this line to ~/.zshrc, after compinit:
#
#   source <(${bin} completion zsh)
#
# or write it once into a folder of fpath (fpath+=~/.zfunc in ~/.zshrc, before compinit):
#
#   mkdir -p ~/.zfunc && ${bin} completion zsh > ~/.zfunc/_${bin}
#
# Write it again after an update. Nothing is started when TAB is pressed.
`

const FOOTER = `if [[ $funcstack[1] == _perpctl ]]; then
  _perpctl "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _perpctl perpctl
fi
`

const functionOf = (path: string): string => ['_perpctl', ...path.split(/\W+/).filter(Boolean)].join('_')

/** The words that may come after `path`, and what each leads to. */
function menu(model: CliModel, path: string): string {
  const children = childrenOf(model, path)
  const below = (name: string): string => functionOf(`${path} ${name}`)
  const isRoot = path === ''
  return `${functionOf(path)}() {
  local curcontext=$curcontext state line ret=1
  local -A opt_args
  local -a next=(
${children.map(({ name, summary }) => indented(`${escapeSpec(name)}:${summary}`)).join('\n')}
  )
  _arguments -C -S \\
${(isRoot ? model.rootFlags : [HELP]).flatMap(specsOf).map(indented).join(' \\\n')} \\
    '1: :->next' '*:: :->below' && ret=0
  case $state in
    next) _describe -t commands 'command' next && ret=0 ;;
    below)
      case $line[1] in
${children.map(({ name }) => `        ${name}) ${below(name)} && ret=0 ;;`).join('\n')}
      esac
      ;;
  esac
  return ret
}
`
}

function commandFunction(command: CommandModel): string {
  const own = command.flags.filter(({ isCommon }) => !isCommon)
  const args = command.args.map(({ name, words }, at) => `${at + 1}:${escapeSpec(name)}:(${wordsOf(words)})`)
  const specs = [...own.flatMap(specsOf), ...args]
  return `${functionOf(command.name)}() {
  local -a reply
  _perpctl_common
  _arguments -S $reply${specs.map((spec) => ` \\\n${indented(spec)}`).join('')}
}
`
}

const indented = (spec: string): string => `    ${quote(spec)}`
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
const escapeSpec = (text: string): string => text.replace(/[\\:[\]]/g, '\\$&')

/** `_arguments` specs of a flag: each spelling shuts out the others, unless the flag may be given again. */
function specsOf(flag: FlagModel): string[] {
  const { char, value, isRepeatable, description } = flag
  const spellings = [...(char ? [`-${char}`] : []), ...namesOf(flag)]
  const others = spellings.length > 1 ? `(${spellings.join(' ')})` : ''
  const before = flag === HELP || flag.name === 'version' ? '(- : *)' : isRepeatable ? '*' : others
  return spellings.map((spelling) => {
    const text = spelling.startsWith('--no-') ? `off: ${description}` : description
    const joint = value ? (spelling.startsWith('--') ? '=' : '+') : ''
    const tail = value ? `:${escapeSpec(value.label)}:${actionOf(value.values)}` : ''
    return `${before}${spelling}${joint}[${text.replace(/[\\[\]]/g, '\\$&')}]${tail}`
  })
}

const wordsOf = (words: readonly string[]): string =>
  words.map((word) => word.replace(/[^\w.,+=@%/-]/g, '\\$&')).join(' ')

function actionOf(values: Values): string {
  switch (values.kind) {
    case 'file':
      return '_files'
    case 'folder':
      // `_files -/` would fall back to files where there is no folder.
      return '_path_files -/'
    case 'some':
      return `_sequence compadd - ${wordsOf(values.words)}`
    default:
      // A blank: nothing is offered, the label is shown.
      return values.words.length > 0 ? `(${wordsOf(values.words)})` : ' '
  }
}
