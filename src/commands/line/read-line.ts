import { orWords } from '../../lib/config/choices.ts'
import { nearWords } from '../../lib/text/near.ts'
import { findProblem, type Problem } from './corrections.ts'
import { type KnownCommand, topicsOf } from './known-commands.ts'

/** What a command line asks for. */
export type Line =
  | { readonly kind: 'version' }
  /** Of a command, of a topic, or, without words, of all. */
  | { readonly kind: 'help'; readonly words: readonly string[] }
  /** `id` is that of oclif. */
  | { readonly kind: 'command'; readonly id: string; readonly args: readonly string[] }
  | WrongLine

export interface WrongLine {
  readonly kind: 'wrong'
  readonly message: string
  /** The words of the command that it is about, as far as they are known. */
  readonly words: readonly string[]
  /** The whole line that is meant, to be typed after the name of the program. */
  readonly corrected: readonly string[] | undefined
  /** Only a word is missing: what may stand there is worth showing. */
  readonly isUnfinished: boolean
}

/** Mistakes in one line that are mended one after the other. */
const MOST_MISTAKES = 6

/**
 * Reads a command line as people type it: `help`, `-h`, `version` and `-v` at every level, and for a line that means
 * nothing the one that is meant. oclif's own plugins fit less: that for help knows one form of these, that for
 * misspelt words asks on the terminal and looks at the names of commands alone.
 */
export function readLine(args: readonly string[], commands: readonly KnownCommand[]): Line {
  const line = readOnce(args, commands)
  if (line.kind !== 'wrong') return line
  let corrected = line.corrected
  for (let round = 0; round < MOST_MISTAKES && corrected !== undefined; round += 1) {
    const next = readOnce(corrected, commands)
    if (next.kind !== 'wrong') return { ...line, corrected }
    if (next.corrected === undefined && next.isUnfinished) return { ...next, message: line.message }
    corrected = next.corrected
  }
  return { ...line, corrected: undefined }
}

const isHelpFlag = (text: string): boolean => text === '--help' || text === '-h'

/** `--refetch changed` reads as what it means, and `--refetch` alone stays a switch. */
const writeOutRefetch = (typed: readonly string[]): string[] =>
  typed.flatMap((text, at) => {
    if (text === 'changed' && typed[at - 1] === '--refetch') return []
    if (text === '--refetch=changed') return ['--refetch-changed']
    return [text === '--refetch' && typed[at + 1] === 'changed' ? '--refetch-changed' : text]
  })

function readOnce(typed: readonly string[], commands: readonly KnownCommand[]): Line {
  // The form of oclif's own ids is taken, too.
  const args = writeOutRefetch(typed).flatMap((text, at) =>
    at === 0 && /^[a-z]+:[a-z-]+$/.test(text) ? text.split(':') : [text],
  )
  const end = args.findIndex((text) => text.startsWith('-'))
  const leading = args.slice(0, end < 0 ? args.length : end)
  const open = args.slice(0, args.includes('--') ? args.indexOf('--') : args.length)
  const rest = args.filter((text) => !isHelpFlag(text) && text !== 'help')
  const found = findCommand(leading, commands)
  if (open.some(isHelpFlag) || leading.includes('help') || args.length === 0)
    return readHelp(
      leading.filter((word) => word !== 'help'),
      { rest, commands },
    )
  const isOwn = found?.flags.some(({ char }) => char === 'v') ?? false
  const asksVersion = (text: string): boolean => text === '--version' || (text === '-v' && !isOwn)
  if (leading[0] === 'version' || open.some(asksVersion) || leading.at(-1) === 'version')
    return { kind: 'version' }
  if (!found) return readUnknown(args, leading, commands)
  const words = found.name.split(' ')
  const own = args.slice(words.length)
  const problem = findProblem(found, own)
  if (problem) return toWrong(problem, words)
  return { kind: 'command', id: words.join(':'), args: own }
}

const toWrong = ({ message, corrected }: Problem, words: readonly string[]): WrongLine => ({
  kind: 'wrong',
  message,
  words,
  corrected: corrected && [...words, ...corrected],
  isUnfinished: false,
})

/** The one with the most words. */
const findCommand = (words: readonly string[], commands: readonly KnownCommand[]): KnownCommand | undefined =>
  commands
    .filter(({ name }) => name.split(' ').every((word, at) => words[at] === word))
    .toSorted((a, b) => b.name.length - a.name.length)[0]

function readHelp(
  words: readonly string[],
  { rest, commands }: { readonly rest: readonly string[]; readonly commands: readonly KnownCommand[] },
): Line {
  const known = findCommand(words, commands)
  if (known) return { kind: 'help', words: known.name.split(' ') }
  const [first, second] = words
  if (first === undefined) return { kind: 'help', words: [] }
  if (topicsOf(commands).includes(first) && second === undefined) return { kind: 'help', words: [first] }
  const wrong = readUnknown(words.length > 0 ? words : rest, words, commands)
  return { ...wrong, corrected: wrong.corrected && [...wrong.corrected, '--help'], isUnfinished: false }
}

/** The first words name no command. */
function readUnknown(
  args: readonly string[],
  leading: readonly string[],
  commands: readonly KnownCommand[],
): WrongLine {
  const topics = topicsOf(commands)
  const [first, second] = leading
  if (first === undefined) return readMisplaced(args, commands)
  if (topics.includes(first)) return readTopic(first, second, args, commands)
  const names = commands.map(({ name }) => name)
  const spellings = new Map([
    ...names.map((name): [string, string] => [name.split(' ').at(-1) ?? name, name]),
    ...names.map((name): [string, string] => [name.replaceAll(' ', '-'), name]),
  ])
  // Before one of a topic that ends with the same word, or a word as near.
  const short = [...topics, ...names.filter((name) => !name.includes(' '))]
  const words = [...short, ...[...spellings.keys()].filter((word) => !short.includes(word))]
  const near = nearWords(first, words).map((word) => (short.includes(word) ? word : spellings.get(word)))
  const [name] = near
  // `ohlcv backfill`: the topic that was typed behind its word is in the command already.
  const isTurned = second !== undefined && name?.split(' ')[0] === second && name.includes(' ')
  const after = args.slice(isTurned ? 2 : 1)
  return {
    kind: 'wrong',
    message: `there is no command ${first}`,
    words: [],
    corrected: name === undefined ? undefined : [...name.split(' '), ...after],
    isUnfinished: false,
  }
}

function readTopic(
  topic: string,
  word: string | undefined,
  args: readonly string[],
  commands: readonly KnownCommand[],
): WrongLine {
  const words = commands
    .map(({ name }) => name.split(' '))
    .flatMap(([first, last]) => (first === topic && last !== undefined ? [last] : []))
  const near = word === undefined ? undefined : nearWords(word, words)[0]
  const flags = args.slice(1)
  if (near !== undefined)
    return {
      kind: 'wrong',
      message: `there is no command ${topic} ${word}`,
      words: [topic],
      corrected: [topic, near, ...flags.slice(1)],
      isUnfinished: false,
    }
  const usual = topic === 'backfill' ? 'ohlcv' : undefined
  return {
    kind: 'wrong',
    message: `${topic} needs a word after it: ${orWords(words)}${word === undefined ? '' : `, not ${word}`}`,
    words: [topic],
    corrected: usual === undefined || flags.length === 0 ? undefined : [topic, usual, ...flags],
    isUnfinished: true,
  }
}

/** A line that begins with flags: they belong behind the command. */
function readMisplaced(args: readonly string[], commands: readonly KnownCommand[]): WrongLine {
  const [first = ''] = args
  const starts = args.flatMap((_, at) => (findCommand(args.slice(at), commands) ? [at] : []))
  const [at] = starts
  const command = at === undefined ? undefined : findCommand(args.slice(at), commands)
  const words = command?.name.split(' ') ?? []
  return {
    kind: 'wrong',
    message: `the command comes first, its flags after it: ${first}`,
    words: [],
    corrected:
      at === undefined ? undefined : [...words, ...args.slice(0, at), ...args.slice(at + words.length)],
    isUnfinished: false,
  }
}
