import { decodePercent } from './percent.ts'

const MASK = '***'
// Credentials in front of a host: of proxies and databases.
const URL_CREDENTIALS = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#'"<>]*@/gi
const NAMED =
  /\b(api[_-]?key|api[_-]?secret|secret|password|passwd|pwd|access[_-]?token|signature)(["']?\s*[=:]\s*["']?)[^\s&"',;})\]]+/gi
const SECRET_NAME =
  /^(?:api[_-]?key|api[_-]?secret|secret|password|passwd|pwd|access[_-]?token|signature|authorization|proxy-authorization)$/i
// Shorter ones would mask ordinary words; no venue or database gives out such a key.
const SHORTEST = 4
const DEEPEST = 8

/** Hides what stands in front of `@` and the values of keys and passwords, wherever a URL or `name=value` shows them. */
export function redactUrls(text: string): string {
  return text.replace(URL_CREDENTIALS, `$1${MASK}@`).replace(NAMED, `$1$2${MASK}`)
}

/** Hides every occurrence of the known secrets, plain or as a URL writes them, and what `redactUrls` hides. */
export function redact(text: string, secrets: readonly string[]): string {
  let hidden = text
  for (const secret of spellings(secrets)) hidden = hidden.replaceAll(secret, MASK)
  return redactUrls(hidden)
}

/** Longest first: a secret that holds another one must not leave its rest behind. */
function spellings(secrets: readonly string[]): string[] {
  const known = secrets.filter((secret) => secret.length >= SHORTEST)
  const all = known.flatMap((secret) => [
    secret,
    encodeURIComponent(secret.toWellFormed()),
    decodePercent(secret),
  ])
  return [...new Set(all)].toSorted((a, b) => b.length - a.length)
}

/** `user:password@` in front of a host; other than the URL standard, a database's url may have no host. */
const LOGIN = /^[a-z][a-z0-9+.-]*:\/\/[^:/?#@]*:([^/?#]*)@/i

/** The passwords of a URL, to be added to the known secrets. */
export function secretsOfUrl(url: string): string[] {
  const [, written = ''] = LOGIN.exec(url) ?? []
  const ofQuery = new URLSearchParams(/\?(.*)$/s.exec(url)?.[1] ?? '').get('password') ?? ''
  const passwords = new Set([decodePercent(written), written, ofQuery])
  return [...passwords].filter((password) => password !== '')
}

export interface Redactor {
  text(text: string): string
  /** A copy fit for JSON: strings redacted at every depth, values of secret names masked, errors as their messages. */
  value(value: unknown): unknown
}

export function createRedactor(secrets: readonly string[] = []): Redactor {
  const text = (value: string): string => redact(value, secrets)
  const walk = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return text(value)
    if (typeof value === 'bigint') return value.toString()
    if (value instanceof Error) return text(value.message)
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
    if (typeof value !== 'object' || value === null) return value
    if (depth >= DEEPEST) return '…'
    if (Array.isArray(value)) return value.map((item) => walk(item, depth + 1))
    const entries = value instanceof Map ? [...value.entries()] : Object.entries(value)
    return Object.fromEntries(
      entries.map(([key, item]) => [
        text(String(key)),
        SECRET_NAME.test(String(key)) && item ? MASK : walk(item, depth + 1),
      ]),
    )
  }
  return { text, value: (value) => walk(value, 0) }
}
