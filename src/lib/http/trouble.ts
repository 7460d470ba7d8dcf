/** A failure below HTTP, in words: never with a URL, which could hold credentials. */
export interface Trouble {
  readonly type: 'network' | 'timeout' | 'proxy'
  readonly reason: string
  /** What a proxy answered instead of making the connection. */
  readonly proxyStatus?: number
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

function codesOf(error: unknown): string[] {
  const codes: string[] = []
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 6; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') codes.push(at.code)
    // Happy eyeballs: one error per address tried.
    if (at instanceof AggregateError) codes.push(...at.errors.flatMap(codesOf))
  }
  return codes
}

export function describeTrouble(error: unknown): Trouble {
  if (error instanceof Error && error.name === 'TimeoutError')
    return { type: 'timeout', reason: 'no complete answer in time' }
  const message = error instanceof Error ? error.message : String(error)
  const proxyAnswer = /Proxy response \((\d+)\)/.exec(message)
  if (proxyAnswer) {
    const proxyStatus = Number(proxyAnswer[1])
    return { type: 'proxy', reason: `the proxy answered ${proxyStatus}`, proxyStatus }
  }
  if (/socks/i.test(message)) return { type: 'proxy', reason: 'the SOCKS proxy refused the connection' }
  const code = codesOf(error).find((candidate) => REASONS[candidate])
  const known = code === undefined ? undefined : REASONS[code]
  return known ?? { type: 'network', reason: codesOf(error)[0] ?? 'the request failed' }
}
