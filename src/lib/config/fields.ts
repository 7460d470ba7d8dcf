import * as z from 'zod'
import { decodePercent } from '../text/percent.ts'
import { findOddCharacterOfKey } from './characters.ts'
import { LOG_LEVELS, orWords, PART_NAMES, TV_METHODS, VENUE_NAMES } from './choices.ts'
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
    (names) => names.every((name) => /^[\p{L}\p{N}_-]{1,40}$/u.test(name)),
    'expected symbols separated by commas (BTCUSDT,ETHUSDT), or all',
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

export const instant = z.string().transform((text, context) => {
  const value = parseInstant(text)
  if (value !== undefined) return value
  context.addIssue({
    code: 'custom',
    message: 'expected a date (2026-02-01, 2026-02-01T13:00Z), or how long ago (30d, 12h)',
  })
  return z.NEVER
})

const DURATION_UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 }

/** `30s`, `5m`, `1h`; milliseconds. */
export const duration = z.string().transform((text, context) => {
  const match = /^(\d+)([smh])$/.exec(text.trim())
  const ms = match ? Number(match[1]) * (DURATION_UNITS[match[2] ?? ''] ?? Number.NaN) : Number.NaN
  // A timer of more milliseconds would ring at once.
  if (ms <= 2 ** 31 - 1) return ms
  context.addIssue({ code: 'custom', message: 'expected a duration such as 30s, 5m or 1h, at most 596h' })
  return z.NEVER
})

export const wholeNumber = (minimum: number, maximum: number) =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text.trim()), `expected a whole number from ${minimum} to ${maximum}`)
    .transform(Number)
    .refine(
      (value) => value >= minimum && value <= maximum,
      `expected a whole number from ${minimum} to ${maximum}`,
    )

/** How many times as fast as real time. */
export const factor = z
  .string()
  .refine((text) => /^\d+(?:\.\d+)?$/.test(text), 'expected how many times real time, for example 1 or 60')
  .transform(Number)

export const partNames = z
  .string()
  .transform(list)
  .refine(
    (names) => names.every((name) => PART_NAMES.some((part) => part === name)),
    `expected some of ${PART_NAMES.join(', ')}, separated by commas`,
  )
  .transform((names) => PART_NAMES.filter((part) => names.includes(part)))

export const logLevel = z.enum(LOG_LEVELS, { error: `expected ${orWords(LOG_LEVELS)}` })

export const tvMethod = z.enum(TV_METHODS, { error: `expected ${orWords(TV_METHODS)}` })

export const venueName = z.enum(VENUE_NAMES, {
  error: `there is no such venue; known venues: ${VENUE_NAMES.join(', ')}`,
})
