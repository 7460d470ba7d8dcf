import { nearWords } from '../../lib/text/near.ts'
import type { FlagModel } from '../cli-model.ts'

export interface WordToken {
  readonly kind: 'word'
  readonly text: string
}

export interface FlagToken {
  readonly kind: 'flag'
  /** As typed, the value included: one text or two. */
  readonly texts: readonly string[]
  /** The flag that is meant; undefined where none is near. */
  readonly flag: FlagModel | undefined
  /** Its name as it should be typed, `no-rsi`. */
  readonly name: string
  /** Typed just so. */
  readonly isExact: boolean
  readonly value: string | undefined
}

/** A piece of a command line behind the words of its command. */
export type Token = WordToken | FlagToken

/** Dashes that word processors and pages put in the place of two. */
const LONG = /^(?<dashes>--|[\u2010-\u2015\u2212]+)(?<name>[^=]+)(?:=(?<value>.*))?$/su
const SHORT = /^-(?<char>[A-Za-z])(?:=?(?<value>.+))?$/s
const ONE_DASH = /^-(?<name>[A-Za-z][A-Za-z-]+)(?:=(?<value>.*))?$/s

/** Cuts a line into words and flags. What follows `--` are words; a flag with a value takes what comes after it. */
export function readTokens(args: readonly string[], flags: readonly FlagModel[]): Token[] {
  const tokens: Token[] = []
  const left = [...args]
  for (let text = left.shift(); text !== undefined; text = left.shift()) {
    if (text === '--') return [...tokens, ...left.map((word): Token => ({ kind: 'word', text: word }))]
    const written = readFlag(text, flags)
    if (!written) {
      tokens.push({ kind: 'word', text })
      continue
    }
    const { flag, value } = written
    const takesNext = value === undefined && flag?.value !== undefined && !isFlag(left[0], flags)
    const next = takesNext ? left.shift() : undefined
    const texts = next === undefined ? [text] : [text, next]
    tokens.push({ kind: 'flag', ...written, texts, value: value ?? next })
  }
  return tokens
}

const isFlag = (text: string | undefined, flags: readonly FlagModel[]): boolean =>
  text !== undefined && readFlag(text, flags)?.isExact === true

type Written = Pick<FlagToken, 'flag' | 'name' | 'isExact' | 'value'>

function readFlag(text: string, flags: readonly FlagModel[]): Written | undefined {
  const long = LONG.exec(text)?.groups
  if (long?.name !== undefined) {
    const found = findFlag(long.name, flags)
    return { ...found, isExact: found.isExact && long.dashes === '--', value: long.value }
  }
  // `-symbols` would be taken for `-s ymbols`.
  const single = ONE_DASH.exec(text)?.groups
  const meant = single?.name === undefined ? undefined : findFlag(single.name, flags)
  if (meant?.isExact) return { ...meant, isExact: false, value: single?.value }
  const short = SHORT.exec(text)?.groups
  if (short?.char === undefined) return undefined
  const flag = flags.find(({ char }) => char === short.char)
  return { flag, name: flag?.name ?? short.char, isExact: flag !== undefined, value: short.value }
}

function findFlag(typed: string, flags: readonly FlagModel[]): Omit<Written, 'value'> {
  const names = flags.flatMap(({ name, isNegatable }) => (isNegatable ? [name, `no-${name}`] : [name]))
  const isExact = names.includes(typed)
  const [near] = isExact ? [typed] : nearWords(typed.replaceAll('_', '-'), names)
  const name = near ?? typed
  return { flag: flags.find((flag) => name === flag.name || name === `no-${flag.name}`), name, isExact }
}
