import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { Shell } from '../../src/lib/config/choices.ts'

export const hasProgram = (name: string, args: readonly string[] = ['--version']): boolean =>
  spawnSync(name, args, { stdio: 'ignore' }).error === undefined

/** The words that pressing TAB at the end of `line` offers in a real shell that has read `script`, in its order. */
export function complete(
  shell: Shell,
  script: string,
  line: string,
  files: readonly string[] = [],
): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'perpctl-shell-'))
  try {
    writeFileSync(join(folder, '_perpctl'), script)
    for (const file of files) writeFileSync(join(folder, file), '')
    const { program, args, input } = SHELLS[shell](line)
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      ZDOTDIR: folder,
      TERM: 'xterm',
      LC_ALL: 'C.UTF-8',
    }
    const done = spawnSync(program, args, { cwd: folder, env, input, encoding: 'utf8', timeout: 120_000 })
    if (done.status !== 0 || done.stderr !== '') throw new Error(`${program}: ${done.status} ${done.stderr}`)
    const said = done.stdout.split(/\r?\n/)
    const words = shell === 'zsh' ? said.flatMap((text) => /<\+(.*)>$/.exec(text)?.[1] ?? []) : said
    return [...new Set(words.filter((word) => word !== ''))]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Invocation {
  readonly program: string
  readonly args: readonly string[]
  readonly input?: string
}

/** bash cuts a line at = and : too, each run of them a word of its own; a space at the end begins an empty word. */
const cut = (line: string): string[] => {
  const words = line.match(/[=:]+|[^\s=:]+/g) ?? []
  return line.endsWith(' ') ? [...words, ''] : words
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** What bash itself sets before it calls the function of a command. */
const bash = (line: string): Invocation => {
  const words = cut(line)
  const code = `source ./_perpctl
COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
COMP_LINE=${quote(line)} COMP_POINT=${line.length} COMP_CWORD=${words.length - 1}
COMP_WORDS=(${words.map(quote).join(' ')})
set -u
_perpctl
[[ \${#COMPREPLY[@]} -eq 0 ]] || printf '%s\\n' "\${COMPREPLY[@]}"`
  return { program: 'bash', args: ['--norc', '--noprofile', '-c', code] }
}

const fish = (line: string): Invocation => ({
  program: 'fish',
  args: [
    '--no-config',
    '-c',
    `source ./_perpctl; complete -C ${quote(line)} | string replace -r '\\t.*' ''; true`,
  ],
})

/** Where zsh notes which functions it has: finding them takes it a second, once. */
const DUMP = join(tmpdir(), `perpctl-zcompdump-${process.pid}`)
// Not at the exit of the process: a worker is ended without one.
afterAll(() => rmSync(DUMP, { force: true }))

/**
 * zsh completes only in its line editor: one runs behind a pseudo terminal, in which `compadd` says what it was
 * given that matches.
 */
const ZSH_INNER = `
PROMPT= ; unsetopt prompt_sp
autoload -Uz compinit; compinit -u -C -d ${quote(DUMP)}
source ./_perpctl
bindkey '^I' complete-word
zstyle ':completion:*' insert-tab false
zstyle ':completion:*' list-separator ''
compadd() {
  if [[ " \${@[1,(i)(-|--)]} " == *\\ -[a-zA-Z]#[OAD]\\ * ]]; then builtin compadd "$@"; return; fi
  local -a hits pre
  zparseopts -E -a ignored p:=pre P:=pre
  builtin compadd -A hits "$@"
  local hit
  for hit in $hits; do print -r -- "<+\${IPREFIX}\${pre[2]}$hit>"; done
}
finish() { print -r -- '<END>' }
comppostfuncs=(finish)
print -r -- '<READY>'
`
const zsh = (line: string): Invocation => {
  const code = `print -r -- ${quote(ZSH_INNER)} > .zshrc
zmodload zsh/zpty
zpty inner zsh -d -i
zpty -r inner text '*<READY>*'
zpty -w -n inner ${quote(`${line}\t`)}
zpty -r inner text '*<END>*'
zpty -d inner
print -r -- $text`
  return { program: 'zsh', args: ['-f', '-c', code] }
}

const SHELLS: Readonly<Record<Shell, (line: string) => Invocation>> = { bash, zsh, fish }
