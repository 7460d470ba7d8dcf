import { redactUrls } from '../../lib/text/secrets.ts'
import { findFlag, type KnownCommand } from './known-commands.ts'
import { quoteWords } from './shell-words.ts'
import { readTokens } from './tokens.ts'

/** Flags that choose which data a command works on: a hint for other data would be wrong. */
const PLACE = ['home', 'database-url', 'venue', 'sim', 'sim-data'] as const

/** Of the embedded server, which has nothing to do with the url of another one. */
const EMBEDDED = /^db (?:start|stop|status|url)$/

const OWN = /`perpctl ([^`]+)`/g

export interface Speaker {
  /** How perpctl was started. */
  readonly name: string
  readonly commands: readonly KnownCommand[]
  /** The command line of this process. */
  readonly args: readonly string[]
}

/**
 * Turns the commands in a message (`ownCommand`) into such as work when pasted: with the name that perpctl was started
 * by, and with the flags of this command line that choose the data, as far as the other command takes them. What is
 * secret in them is masked.
 */
export function makePasteable(text: string, speaker: () => Speaker): string {
  return text.replace(OWN, (_, command: string) => `\`${tellCommand(command, speaker())}\``)
}

function tellCommand(command: string, { name, commands, args }: Speaker): string {
  const words = command.split(' ')
  const known = commands
    .filter((one) => one.name.split(' ').every((word, at) => words[at] === word))
    .toSorted((a, b) => b.name.length - a.name.length)[0]
  const added = known ? placeFlags(args, known, commands).filter(([flag = '']) => !words.includes(flag)) : []
  return [name, command, ...added.map(quoteWords)].join(' ')
}

/** `['--home', '/data']`, `['--sim']`: those that were typed and that `known` takes. */
function placeFlags(
  args: readonly string[],
  known: KnownCommand,
  commands: readonly KnownCommand[],
): string[][] {
  const all = commands.flatMap(({ flags }) => flags)
  const tokens = readTokens(args, all)
  const places = PLACE.filter((name) => !(name === 'database-url' && EMBEDDED.test(known.name)))
  return places
    .filter((name) => findFlag(known, name))
    .flatMap((name) => {
      const typed = tokens.findLast((token) => token.kind === 'flag' && token.flag?.name === name)
      if (typed?.kind !== 'flag') return []
      return [[`--${name}`, ...(typed.value === undefined ? [] : [redactUrls(typed.value)])]]
    })
}
