import { nearWords } from '../../lib/text/near.ts'
import type { FlagModel } from '../cli-model.ts'
import type { KnownCommand } from './known-commands.ts'
import { type FlagToken, readTokens, type Token } from './tokens.ts'

/** What is wrong with a command line, in a phrase, and the line that is meant where that can be told. */
export interface Problem {
  readonly message: string
  readonly corrected: readonly string[] | undefined
}

/** The first thing behind the words of a command that is none of its flags or words. Undefined: nothing was found. */
export function findProblem(command: KnownCommand, args: readonly string[]): Problem | undefined {
  const tokens = readTokens(args, command.flags)
  for (const [at, token] of tokens.entries()) {
    const found = token.kind === 'flag' ? checkFlag(token, command) : undefined
    if (found) return toProblem(found, tokens, at)
  }
  return checkWords(command, tokens) ?? checkTwice(command, tokens)
}

/** What to put in the place of a token; undefined where nobody can tell. */
interface Finding {
  readonly message: string
  readonly instead: readonly string[] | undefined
}

const toProblem = ({ message, instead }: Finding, tokens: readonly Token[], at: number): Problem => ({
  message,
  corrected: instead && tokens.flatMap((token, index) => (index === at ? instead : textsOf(token))),
})

const textsOf = (token: Token): readonly string[] => (token.kind === 'flag' ? token.texts : [token.text])

function checkFlag(token: FlagToken, { name, flags }: KnownCommand): Finding | undefined {
  const { flag, isExact, value, texts } = token
  const [typed = ''] = (texts[0] ?? '').split('=')
  if (!flag) return { message: `${name} has no flag ${typed}`, instead: undefined }
  const isDenied = /^--no-/.test(typed) && !isExact && flags.some((one) => typed === `--no-${one.name}`)
  if (isDenied) return { message: `${typed.replace('no-', '')} is off unless it is given`, instead: [] }
  if (!isExact) return { message: `${name} has no flag ${typed}`, instead: write(token) }
  if (flag.value === undefined && value !== undefined && texts[0]?.startsWith('--'))
    return { message: `${typed} is a switch: it takes no value`, instead: write(token) }
  return checkValue(flag, token)
}

const OFF = /^(?:false|no|off|0)$/i

/** As it should have been typed. */
function write({ flag, name, value }: FlagToken): string[] {
  if (flag?.value !== undefined) return value === undefined ? [`--${name}`] : [`--${name}`, value]
  if (value === undefined || !OFF.test(value)) return [`--${name}`]
  return flag?.isNegatable === true ? [`--no-${flag.name}`] : []
}

/** Of a flag that takes one word of few, or some of them. */
function checkValue(flag: FlagModel, token: FlagToken): Finding | undefined {
  const values = flag.value?.values
  if (values === undefined || (values.kind !== 'one' && values.kind !== 'some')) return undefined
  const typed = token.value?.trim() ?? ''
  const given = values.kind === 'some' ? typed.split(',').map((part) => part.trim()) : [typed]
  const wrong = given.find((word) => word !== '' && !values.words.includes(word))
  if (wrong === undefined) return undefined
  const near = given.map((word) => (values.words.includes(word) ? word : nearWords(word, values.words)[0]))
  const value = near.every((word) => word !== undefined) ? near.join(',') : undefined
  return {
    message: `--${flag.name} knows no "${wrong}": expected ${values.words.join(', ')}`,
    instead: value === undefined ? undefined : [`--${flag.name}`, value],
  }
}

/** A symbol, or some of them with commas. */
const SYMBOLS = /^[\p{L}\p{N}@][\p{L}\p{N}@/:._,-]*$/u
/** Bases and quotes of a contract are longer than a digit or two. */
const NUMBER = /^\d+$/

function checkWords({ name, flags, args }: KnownCommand, tokens: readonly Token[]): Problem | undefined {
  const words = tokens.flatMap((token, at) => (token.kind === 'word' ? [{ text: token.text, at }] : []))
  const known = words.slice(0, args.length)
  for (const [index, { text, at }] of known.entries()) {
    const choices = args[index] ?? []
    if (choices.length === 0 || choices.includes(text)) continue
    const [near] = nearWords(text, choices)
    const message = `${name} knows no "${text}": expected ${choices.join(', ')}`
    return toProblem({ message, instead: near === undefined ? undefined : [near] }, tokens, at)
  }
  const [first, ...more] = words.slice(args.length)
  if (!first) return undefined
  const named = flags.find((flag) => flag.name === first.text.toLowerCase())
  if (named && named.value === undefined)
    return toProblem(
      { message: `${first.text} is a flag of ${name}`, instead: [`--${named.name}`] },
      tokens,
      first.at,
    )
  const stray = [first, ...more].map(({ text }) => text)
  const flag = flags.find((one) => one.name === 'symbols' || one.name === 'symbol')
  const areSymbols = stray.every((text) => SYMBOLS.test(text) && !NUMBER.test(text))
  if (!flag || flag.value?.label === 'COUNT' || !areSymbols)
    return { message: `${name} takes no word "${first.text}"`, corrected: undefined }
  return giveSymbols(flag, stray, tokens)
}

/** Symbols belong to one flag, in one list. */
function giveSymbols(flag: FlagModel, stray: readonly string[], tokens: readonly Token[]): Problem {
  const ofFlag = (token: Token): boolean => token.kind === 'flag' && token.flag === flag
  const given = tokens.flatMap((token) => (token.kind === 'flag' && ofFlag(token) ? [token.value ?? ''] : []))
  const all = [...new Set([...given, ...stray].flatMap((text) => text.split(',')))].filter(
    (one) => one !== '',
  )
  const isSingle = flag.name === 'symbol'
  const kept = tokens.filter((token) => token.kind === 'flag' && !ofFlag(token)).flatMap(textsOf)
  return {
    message: isSingle
      ? 'a symbol is given with --symbol'
      : 'symbols are given with --symbols, separated by commas',
    corrected: isSingle && all.length > 1 ? undefined : [`--${flag.name}`, all.join(','), ...kept],
  }
}

/** Of two lists only the last one would count. */
function checkTwice({ flags }: KnownCommand, tokens: readonly Token[]): Problem | undefined {
  const flag = flags.find((one) => one.name === 'symbols' && one.value?.label !== 'COUNT')
  const times = tokens.filter((token) => token.kind === 'flag' && token.flag === flag).length
  return flag && times > 1 ? giveSymbols(flag, [], tokens) : undefined
}
