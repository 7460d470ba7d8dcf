import type { Answer, Refusals } from '../core/answer.ts'

const refusal = (status: number, message: string): Answer => ({ status, body: JSON.stringify({ message }) })

/** The texts of 401 and 400 name what they are about; nothing relies on their words. */
export const WIRE_ERRORS = {
  badKey: () => refusal(401, 'Invalid/Missing API key'),
  missing: (name: string) => refusal(400, `Missing required parameter ${name}`),
  badTime: (name: string) => refusal(400, `Invalid ${name}: expected a UNIX timestamp in seconds`),
  badFlag: (name: string) => refusal(400, `Invalid ${name}: expected true or false`),
  badInterval: (intervals: readonly string[]) =>
    refusal(400, `Invalid interval: expected one of ${intervals.join(', ')}`),
  tooManySymbols: (max: number) => refusal(400, `Too many symbols: at most ${max} in one request`),
} as const

const FAULT_ANSWERS: Readonly<Record<Parameters<Refusals['refuse']>[0], Answer>> = {
  '500': refusal(500, 'Internal Server Error'),
  '503': refusal(503, 'Service Unavailable'),
  '408': refusal(408, 'Request Timeout'),
  '403': refusal(403, 'Forbidden'),
  '451': refusal(451, 'Unavailable For Legal Reasons'),
  '202-challenge': {
    status: 202,
    body: '',
    headers: { 'content-type': 'text/html', 'x-amzn-waf-action': 'challenge' },
  },
}

export const REFUSALS: Refusals = {
  limited: (_payer, pool) => refusal(429, `Too many requests: the limit is ${pool.text}`),
  banned: () => refusal(418, 'Too many requests: the API key is blocked'),
  unknownPath: () => refusal(404, 'Not Found'),
  refuse: (kind) => FAULT_ANSWERS[kind],
}
