import * as z from 'zod'
import { WRITTEN_SYMBOL } from '../symbols/spelling.ts'
import { decodePercent } from '../text/percent.ts'
import { findOddCharacterOfKey } from './characters.ts'
import { LOG_LEVELS, orWords, PART_NAMES, SOURCES, TV_METHODS } from './choices.ts'
import { expected, expectedNot } from './expected.ts'
import { parseInstant } from './instants.ts'

/** Fields as a user writes them: every one takes text (or a switch) and says in one phrase what it expects. */

const list = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

function hasProtocol(text: string, protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol)
}

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** An encrypted address; in the clear only on loopback, where a simulated venue lives. */
export const venueUrl = (secure: string, plain: string) =>
  z
    .string()
    .refine(
      (text) =>
        hasProtocol(text, [secure]) || (hasProtocol(text, [plain]) && LOOPBACK.test(new URL(text).hostname)),
      `expected an ${secure}// URL (${plain}// only on loopback)`,
    )
    .transform((text) => text.replace(/\/+$/, ''))

/** Read in full by `db`, as libpq reads it: a unix socket's url has no host, which the URL standard refuses. */
export const databaseUrl = z
  .string()
  .refine(
    (text) => /^postgres(?:ql)?:\/\//.test(text),
    'expected postgresql://user:password@host:port/database',
  )

export const symbols = z
  .string()
  .transform(list)
  .refine((names) => names.length > 0, 'expected symbols separated by commas, or all')
  .refine(
    (names) => names.every((name) => WRITTEN_SYMBOL.test(name)),
    expected('symbols separated by commas (BTCUSDT,ETHUSDT), or all'),
  )
  .transform((names) => [...new Set(names)])

/** A key, which goes into a header. */
export const key = z.string().superRefine((text, context) => {
  const kind = findOddCharacterOfKey(text)
  if (kind !== undefined) context.addIssue({ code: 'custom', message: `there is ${kind} inside` })
})

const PROXY_PROTOCOLS = ['http:', 'https:', 'socks5:', 'socks5h:', 'socks:']

/** What follows the port is of a password with a character that ends the login: `/`, `?` or `#`. */
function isProxy(text: string): boolean {
  if (!hasProtocol(text, PROXY_PROTOCOLS)) return false
  const { hostname, pathname, search, hash } = new URL(text)
  return hostname !== '' && (pathname === '/' || pathname === '') && search === '' && hash === ''
}

/** Bytes of a user or password that the SOCKS protocol can carry. */
const MOST_BYTES = 255

function hasLoginThatFits(text: string): boolean {
  if (!URL.canParse(text)) return true
  const { protocol, username, password } = new URL(text)
  if (!protocol.startsWith('socks')) return true
  const lengths = [username, password].map((part) => Buffer.byteLength(decodePercent(part)))
  return lengths.every((length) => length <= MOST_BYTES)
}

export const proxies = z
  .string()
  .transform(list)
  .refine(
    (urls) => urls.every((url) => url === 'direct' || isProxy(url)),
    'expected http://user:password@host:port, https://… or socks5://… separated by commas, or direct; in a password , / ? # and @ are written as %2C %2F %3F %23 and %40',
  )
  .refine(
    (urls) => urls.every(hasLoginThatFits),
    `the user and the password of a SOCKS proxy have at most ${MOST_BYTES} bytes each`,
  )

const POINT = 'a date (2026-02-01, 2026-02-01T13:00Z), how long ago (12h, 30d, 2w, 1y)'

/** Where a window begins. */
export const instant = z.string().transform((text, context) => {
  const value = parseInstant(text)
  if (value !== undefined) return value
  context.addIssue({ code: 'custom', message: expectedNot(`${POINT} or listing`, text) })
  return z.NEVER
})

/** The same for what is not a symbol's: its listing is none. */
export const pointInTime = z.string().transform((text, context) => {
  const value = parseInstant(text)
  if (value !== undefined && value !== 'listing') return value
  const more = value === 'listing' ? '; only --since of a backfill or a stream takes it' : ''
  context.addIssue({ code: 'custom', message: `${expectedNot(`${POINT} or now`, text)}${more}` })
  return z.NEVER
})

const MOST_SHARES = 100

/** `2/3`: the second of three parts. */
export const share = z.string().transform((text, context) => {
  const [index = Number.NaN, count = Number.NaN] = (
    /^(\d{1,3})\/(\d{1,3})$/.exec(text.trim())?.slice(1) ?? []
  ).map(Number)
  if (index >= 1 && index <= count && count <= MOST_SHARES) return { index, count }
  const wanted = `which of how many parts: 1/2 and 2/2 on two machines, at most ${MOST_SHARES}`
  context.addIssue({ code: 'custom', message: expectedNot(wanted, text) })
  return z.NEVER
})

const DURATION_UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** `30s`, `5m`, `1h`, `2d`, `1w`; milliseconds. */
export const duration = z.string().transform((text, context) => {
  const match = /^(\d+)([smhdw])$/.exec(text.trim())
  const ms = match ? Number(match[1]) * (DURATION_UNITS[match[2] ?? ''] ?? Number.NaN) : Number.NaN
  // A timer of more milliseconds would ring at once.
  if (ms <= 2 ** 31 - 1) return ms
  const message = expectedNot('a duration such as 30s, 5m, 1h or 2d, at most 24d', text)
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

export const wholeNumber = (minimum: number, maximum: number) => {
  const told = expected(`a whole number from ${minimum} to ${maximum}`)
  return z
    .string()
    .refine((text) => /^\d+$/.test(text.trim()) && Number(text) >= minimum && Number(text) <= maximum, told)
    .transform(Number)
}

/** How many times as fast as real time. */
export const factor = z
  .string()
  .refine((text) => /^\d+(?:\.\d+)?$/.test(text), expected('how many times real time, for example 1 or 60'))
  .transform(Number)

export const partNames = z
  .string()
  .transform(list)
  .refine(
    (names) => names.every((name) => PART_NAMES.some((part) => part === name)),
    expected(`some of ${PART_NAMES.join(', ')}, separated by commas`),
  )
  .transform((names) => PART_NAMES.filter((part) => names.includes(part)))

export const logLevel = z.enum(LOG_LEVELS, expected(orWords(LOG_LEVELS)))

export const source = z.enum(SOURCES, expected(orWords(SOURCES)))

export const tvMethod = z.enum(TV_METHODS, expected(orWords(TV_METHODS)))
