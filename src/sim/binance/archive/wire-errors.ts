import type { Answer, Refusals } from '../../core/answer.ts'
import { errorXml, XML_TYPE } from './xml.ts'

const refusal = (status: number, code: string, message: string, details = {}): Answer => ({
  status,
  body: errorXml(code, message, details),
  headers: XML_TYPE,
})

export const noSuchKey = (key: string): Answer =>
  refusal(404, 'NoSuchKey', 'The specified key does not exist.', { Key: key })

export const invalidArgument = (name: string, value: string): Answer =>
  refusal(400, 'InvalidArgument', `Invalid argument: ${name}`, { ArgumentName: name, ArgumentValue: value })

const slowDown = (): Answer => refusal(503, 'SlowDown', 'Please reduce your request rate.')

export const REFUSALS: Refusals = {
  limited: () => ({ ...slowDown(), status: 429 }),
  banned: () => refusal(418, 'AccessDenied', 'Access Denied'),
  unknownPath: (method) =>
    method === 'GET'
      ? noSuchKey('')
      : refusal(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.'),
  refuse: (kind) => {
    switch (kind) {
      case '500':
        return refusal(500, 'InternalError', 'We encountered an internal error. Please try again.')
      case '503':
        return slowDown()
      case '408':
        return refusal(408, 'RequestTimeout', 'The request was not read in time.')
      case '403':
      case '451':
        return refusal(Number(kind), 'AccessDenied', 'Access Denied')
      case '202-challenge':
        return { status: 202, body: '', headers: { 'x-amzn-waf-action': 'challenge' } }
    }
  },
}
