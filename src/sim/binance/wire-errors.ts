import type { Answer, Refusals } from '../core/answer.ts'

const refusal = (status: number, code: number, msg: string): Answer => ({
  status,
  body: JSON.stringify({ code, msg }),
})

/** The errors of a wrong question, in the venue's words; all HTTP 400. */
export const WIRE_ERRORS = {
  illegalCharacters: (name: string) =>
    refusal(400, -1100, `Illegal characters found in parameter '${name}'; legal range is '^[0-9]{1,20}$'.`),
  missing: (name: string) =>
    refusal(400, -1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`),
  startAfterEnd: () => refusal(400, -1023, 'Start time is greater than end time.'),
  badInterval: () => refusal(400, -1120, 'Invalid interval.'),
  badSymbol: () => refusal(400, -1121, 'Invalid symbol.'),
  badPair: () => refusal(400, -1121, 'Invalid pair.'),
  badStatus: () => refusal(400, -1122, 'Invalid symbol status.'),
  badValue: (name: string) => refusal(400, -1130, `Data sent for parameter '${name}' is not valid.`),
  /** Below `/futures/data/` another service answers: other words, and the keys the other way round. */
  invalid: (name: string): Answer => ({
    status: 400,
    body: JSON.stringify({ msg: `parameter '${name}' is invalid.`, code: -1130 }),
  }),
} as const

const FORBIDDEN_PAGE =
  '<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n</body>\r\n</html>\r\n'

const RESTRICTED =
  "Service unavailable from a restricted location according to 'b. Eligibility' in https://www.binance.com/en/terms. Please contact customer service if you believe you received this message in error."

const UNAVAILABLE: readonly Answer[] = [
  refusal(503, -1000, 'Unknown error, please check your request or try again later.'),
  refusal(503, 0, 'Service Unavailable.'),
  refusal(
    503,
    -1008,
    'Request throttled by system-level protection. Reduce-only/close-position orders are exempt. Please try again.',
  ),
]

const html = { 'content-type': 'text/html' }

export const REFUSALS: Refusals = {
  limited: (address, pool) =>
    refusal(
      429,
      -1003,
      `Too many requests; current limit of IP(${address}) is ${pool.text}. Please use the websocket for live updates to avoid polling the API.`,
    ),
  banned: (address, until) =>
    refusal(
      418,
      -1003,
      `Way too many requests; IP(${address}) banned until ${until}. Please use the websocket for live updates to avoid bans.`,
    ),
  unknownPath: (method, path) => ({ ...refusal(404, -5000, `Path ${path}, Method ${method} is invalid`) }),
  refuse: (kind, variant) => {
    switch (kind) {
      case '500':
        return refusal(500, -1000, 'An unknown error occurred while processing the request.')
      case '503':
        return UNAVAILABLE[variant % UNAVAILABLE.length] ?? refusal(503, 0, 'Service Unavailable.')
      case '408':
        return refusal(
          408,
          -1007,
          'Timeout waiting for response from backend server. Send status unknown; execution status unknown.',
        )
      case '403':
        return { status: 403, body: FORBIDDEN_PAGE, headers: html }
      case '451':
        return refusal(451, 0, RESTRICTED)
      case '202-challenge':
        return { status: 202, body: '', headers: { ...html, 'x-amzn-waf-action': 'challenge' } }
    }
  },
}
