import { findProxyReason, HUNG_UP, isAboutLogin, isProxyError, LOGIN_WANTED } from './proxy-trouble.ts'

/** A failure below HTTP, in words: never with a URL, which could hold credentials. */
export interface Trouble {
  readonly type: 'network' | 'timeout' | 'proxy'
  readonly reason: string
  /** A proxy lets nobody in without another login. */
  readonly isAboutLogin?: boolean
}

const UNTRUSTED: Trouble = {
  type: 'network',
  reason: 'the certificate that is shown cannot be verified: something in between may answer',
}
const UNTIMELY: Trouble = {
  type: 'network',
  reason: 'the certificate that is shown is not valid by the clock of this machine',
}

const REASONS: Readonly<Record<string, Trouble>> = {
  ENOTFOUND: { type: 'network', reason: 'the host name cannot be resolved' },
  EAI_AGAIN: { type: 'network', reason: 'the host name cannot be resolved for now' },
  ECONNREFUSED: { type: 'network', reason: 'the connection was refused' },
  ECONNRESET: { type: 'network', reason: 'the connection was reset' },
  EPIPE: { type: 'network', reason: 'the connection was closed' },
  ENETUNREACH: { type: 'network', reason: 'the network is unreachable' },
  EHOSTUNREACH: { type: 'network', reason: 'the host is unreachable' },
  ETIMEDOUT: { type: 'timeout', reason: 'the connection timed out' },
  UND_ERR_CONNECT_TIMEOUT: { type: 'timeout', reason: 'the connection timed out' },
  UND_ERR_HEADERS_TIMEOUT: { type: 'timeout', reason: 'no answer in time' },
  UND_ERR_BODY_TIMEOUT: { type: 'timeout', reason: 'the answer stopped in the middle' },
  UND_ERR_SOCKET: { type: 'network', reason: 'the connection was closed in the middle' },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { type: 'network', reason: 'the answer is shorter than announced' },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    type: 'network',
    reason: 'the certificate that is shown is that of another host: something in between answers',
  },
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_HAS_EXPIRED: UNTIMELY,
  CERT_NOT_YET_VALID: UNTIMELY,
}

/** The error and what is behind it. */
function chainOf(error: unknown): Error[] {
  const chain: Error[] = []
  for (let at: unknown = error; at instanceof Error && chain.length < 6; at = at.cause) {
    chain.push(at)
    // Happy eyeballs: one error per address tried.
    if (at instanceof AggregateError) chain.push(...at.errors.flatMap(chainOf))
  }
  return chain
}

/** The package `socks` keeps the words of an error of the system alone, which begin with its code. */
const codesOf = (chain: readonly Error[]): string[] =>
  chain.flatMap((one) =>
    'code' in one && typeof one.code === 'string' ? [one.code] : (/\bE[A-Z]{4,}\b/.exec(one.message) ?? []),
  )

const PROXY_LOGIN = 407

export function describeTrouble(error: unknown): Trouble {
  if (error instanceof Error && error.name === 'TimeoutError')
    return { type: 'timeout', reason: 'no complete answer in time' }
  const chain = chainOf(error)
  const codes = codesOf(chain)
  const code = codes.find((candidate) => REASONS[candidate])
  const known = code === undefined ? undefined : REASONS[code]
  const ofProxy = describeProxy(chain, codes, known)
  return ofProxy ?? known ?? { type: 'network', reason: codes[0] ?? 'the request failed' }
}

/** Undefined where no proxy has anything to do with it. */
function describeProxy(
  chain: readonly Error[],
  codes: readonly string[],
  known: Trouble | undefined,
): Trouble | undefined {
  const answer = /Proxy response \((\d+)\)/.exec(chain[0]?.message ?? '')
  if (answer) {
    const status = Number(answer[1])
    return { type: 'proxy', reason: `the proxy answered ${status}`, isAboutLogin: status === PROXY_LOGIN }
  }
  if (codes.includes('UND_ERR_PRX_CONN')) return { type: 'proxy', reason: HUNG_UP }
  const isProxys =
    chain.some(isProxyError) ||
    codes.some((one) => one.startsWith('UND_ERR_SOCKS5') || one === 'UND_ERR_PRX_TLS')
  const said = chain.map(({ message }) => findProxyReason(message)).find((reason) => reason !== undefined)
  if (!isProxys && said !== LOGIN_WANTED) return undefined
  const reason =
    (known ? `the proxy cannot be used: ${known.reason}` : said) ??
    (chain.some((one) => isProxyError(one) && one.cause === undefined) ? HUNG_UP : 'the proxy cannot be used')
  return { type: 'proxy', reason, isAboutLogin: isAboutLogin(reason) }
}
