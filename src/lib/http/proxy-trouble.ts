/** Something failed on the way to a proxy or in the talk with it: `cause` is what, none where the proxy hung up. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError'

  constructor(cause?: unknown) {
    super('the proxy cannot be used', cause === undefined ? undefined : { cause })
  }
}

/** By its name: what has passed through other packages may be of another copy of this module. */
export const isProxyError = (error: Error): boolean => error.name === 'ProxyError'

export const HUNG_UP = 'the proxy hung up before it had made the connection'
const NO_SOCKS = 'the proxy does not speak SOCKS5'
const LOGIN_REFUSED = 'the proxy refused the user or the password'
export const LOGIN_WANTED = 'the proxy wants a user and a password'

/** By the reply of RFC 1928, as undici and socks write it. */
const REPLIES: readonly (readonly [RegExp, string])[] = [
  [/general socks server failure|- failure\b/i, 'the proxy failed to make the connection'],
  [/not ?allowed/i, 'the rules of the proxy do not allow this connection'],
  [/network ?unreachable/i, 'the proxy cannot reach the network of the venue'],
  [/host ?unreachable/i, 'the proxy cannot reach the venue'],
  [/connection ?refused/i, 'the venue refused the connection of the proxy'],
  [/ttl ?expired/i, 'the connection of the proxy to the venue took too long'],
  [/(?:command|address(?: type)?) ?not ?supported/i, 'the proxy cannot make such a connection'],
]

/** By what undici, socks and https-proxy-agent say of the talk, where a code does not tell. */
const SAID: readonly (readonly [RegExp, string])[] = [
  [/username and password required/i, LOGIN_WANTED],
  [/authentication failed/i, LOGIN_REFUSED],
  [
    /no accept(?:able|ed) authentication/i,
    'the proxy accepts none of the ways to log in that it was offered',
  ],
  [/un(?:known|supported) authentication/i, 'the proxy wants a way to log in that is not known here'],
  [/socket closed|connection ended before|no header received/i, HUNG_UP],
  [/timed out/i, 'the proxy does not answer in time'],
  [/socks5? (?:connection failed|proxy rejected)/i, 'the proxy refused the connection'],
  [/invalid/i, NO_SOCKS],
]

const LOGINS: ReadonlySet<string> = new Set([LOGIN_REFUSED, LOGIN_WANTED])

/** Words for what a SOCKS proxy answered or did in the talk with it; undefined where nothing is known of it. */
export const findProxyReason = (message: string): string | undefined =>
  [...REPLIES, ...SAID].find(([pattern]) => pattern.test(message))?.[1]

export const isAboutLogin = (reason: string): boolean => LOGINS.has(reason)
