import { type CliModel, childrenOf, commonFlags, type FlagModel, HELP, namesOf } from '../cli-model.ts'
import { BASH_ENGINE, COMMON_FLAGS } from './bash-engine.ts'
import { quotePosix, wrapWords } from './quoting.ts'

/** A script that needs nothing but bash: data as `case` lines, and the engine that reads the command line by them. */
export function renderBash(model: CliModel): string {
  return `${header(model)}
# What may come after the words of a command line (next), and its flags there.
_perpctl_at() {
${wrapWords('  local common=(', spell([...commonFlags(model), HELP]), ')')}
  next=() flags=()
  case $1 in
${places(model).join('\n')}
  esac
}

# What the value of a flag may be: kind is empty where it takes none.
_perpctl_value() {
  kind='' values=()
  case $1:$2 in
${flagValues(model).join('\n')}
  esac
}
${BASH_ENGINE}`
}

const header = ({ bin, version }: CliModel): string => `# bash completion for ${bin} ${version}
#
# To have it in every new shell, either add this line to ~/.bashrc:
#
#   eval "$(${bin} completion bash)"
#
# or, where the package bash-completion is installed, write it once where that looks for it:
#
#   mkdir -p ~/.local/share/bash-completion/completions
#   ${bin} completion bash > ~/.local/share/bash-completion/completions/${bin}
#
# Write it again after an update. Nothing is started when TAB is pressed.
`

/** A `case` line for each place; places with the same flags share one. */
function places(model: CliModel): string[] {
  const flags = (own: readonly FlagModel[]): string =>
    list('flags', spell(own.filter(({ isCommon }) => !isCommon)), [COMMON_FLAGS])
  const next = (path: string): string =>
    list(
      'next',
      childrenOf(model, path).map(({ name }) => name),
    )
  const found: Place[] = [
    { pattern: "''", lines: [next(''), list('flags', spell(model.rootFlags))] },
    ...model.topics.map(({ name }) => ({
      pattern: quotePosix(name),
      lines: [next(name), list('flags', spell([HELP]))],
    })),
    ...model.commands.flatMap(({ name, args: [arg], flags: own }) => {
      const plain = { pattern: quotePosix(name), lines: [flags(own)] }
      if (!arg) return [plain]
      return [
        { ...plain, lines: [list('next', arg.words), ...plain.lines] },
        { ...plain, pattern: `${quotePosix(`${name} `)}*` },
      ]
    }),
  ]
  const groups = Object.values(Object.groupBy(found, ({ lines }) => lines.join('\n')))
  return groups.flatMap((same = []) => {
    const patterns = same.map(({ pattern }) => pattern)
    return same.slice(0, 1).map(({ lines }) => branch(patterns, lines))
  })
}

interface Place {
  readonly pattern: string
  readonly lines: readonly string[]
}

const spell = (flags: readonly FlagModel[]): string[] =>
  flags.flatMap((flag) => [...(flag.char ? [`-${flag.char}`] : []), ...namesOf(flag)])

const list = (name: string, words: readonly string[], rest: readonly string[] = []): string =>
  wrapWords(`      ${name}=(`, [...words.map(quotePosix), ...rest], ')')

/** On one line where it fits. */
function branch(patterns: readonly string[], lines: readonly string[]): string {
  const pattern = `    ${patterns.join(' | ')})`
  const short = [pattern, ...lines.map((line) => line.trim()), ';;'].join(' ')
  const isShort = short.length <= 100 && !short.includes('\n')
  return isShort ? short : [pattern, ...lines, '      ;;'].join('\n')
}

/** Patterns of one kind of value; `--flag:COMMAND` comes before the `--flag:*` of most commands. */
function flagValues({ commands }: CliModel): string[] {
  const uses = commands.flatMap(({ name: command, flags }) =>
    flags.flatMap((flag) => spell([flag]).map((name) => ({ name, command, lines: valueLines(flag) }))),
  )
  const byName = Object.values(Object.groupBy(uses, ({ name }) => name))
  const found = byName.flatMap((all = []) => {
    const kinds = Object.values(Object.groupBy(all, ({ lines }) => lines.join('\n'))).toSorted(
      (a, b) => (a?.length ?? 0) - (b?.length ?? 0),
    )
    return kinds.flatMap((same = [], at) => {
      const isMost = at === kinds.length - 1
      const alike = isMost ? same.slice(0, 1) : same
      return alike.map(({ name, command, lines }) => ({
        pattern: isMost ? `${name}:*` : quotePosix(`${name}:${command}`),
        isMost,
        lines,
      }))
    })
  })
  const inOrder = [...found.filter(({ isMost }) => !isMost), ...found.filter(({ isMost }) => isMost)]
  const groups = Object.values(
    Object.groupBy(inOrder, ({ isMost, lines }) => [String(isMost), ...lines].join('\n')),
  )
  return groups.flatMap((same = []) => {
    const patterns = same.map(({ pattern }) => pattern)
    return same.slice(0, 1).flatMap(({ lines }) => (lines.length > 0 ? [branch(patterns, lines)] : []))
  })
}

/** Empty for a switch. */
function valueLines({ value }: FlagModel): readonly string[] {
  if (!value) return []
  const { values } = value
  const words = 'words' in values ? values.words : []
  return [`      kind=${values.kind}`, ...(words.length > 0 ? [list('values', words)] : [])]
}
