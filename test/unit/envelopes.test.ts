import { describe, expect, it } from 'vitest'
import { VenueRefusedError } from '../../src/lib/errors.ts'
import type { RunEvents } from '../../src/lib/events.ts'
import type { Api } from '../../src/lib/venue/api.ts'
import { readObject } from '../../src/lib/venue/read-payload.ts'
import type { Endpoint } from '../../src/lib/venue/request.ts'
import { type Told, withLocalVenue } from '../helpers/local-venue.ts'

const never = new AbortController().signal

/** As OKX has it: `{code, msg, data}` with any status, and a code other than 0 where something is wrong. */
const judge: Api['judge'] = ({ status }, readJson) => {
  if (status >= 500) return { kind: 'retry', type: `http_${status}`, reason: `answered ${status}` }
  const { code, msg, data } = readObject(readJson(), 'envelope')
  if (code === '0' && status === 200) return { kind: 'ok', payload: data }
  if (code === '50011' || code === '50013')
    return { kind: 'pause', type: 'http_429', reason: `answered ${status}: ${code}`, forMs: 1 }
  return { kind: 'refuse', type: `local_${code}`, reason: String(msg) }
}

/** What one request over one lane comes to with these answers, one after the other. */
async function ask<T>(answers: readonly Told[], endpoint: Omit<Endpoint<T>, 'request'>) {
  const left = [...answers]
  const failures: RunEvents['failure'][] = []
  const next = (): Told => left.shift() ?? { status: 500, body: '' }
  return await withLocalVenue({ judge }, next, async ({ baseUrl, session, events }) => {
    events.on('failure', (failure) => void failures.push(failure))
    const request = { baseUrl, path: '/candles', query: {}, costs: {} }
    const outcome = await session.client
      .fetch({ request, ...endpoint }, never)
      .catch((error: unknown) => error)
    return { outcome, told: failures.map(({ type, message }) => `${type}: ${message}`) }
  })
}

const parse = (payload: unknown): unknown => payload
const OK = { body: '{"code":"0","msg":"","data":[["1.10",0.50]]}' }

describe('an answer in an envelope', () => {
  it('is what the envelope holds, with the digits that were sent', async () => {
    expect((await ask([OK], { parse })).outcome).toMatchObject({ value: [['1.10', 0.5]] })
    const exact = await ask([OK], { parse, keepsDigits: true })
    expect(exact.outcome).toMatchObject({ value: [['1.10', '0.50']] })
  })

  it('that is empty is read as such, and not as the envelope', async () => {
    const empty = { body: '{"code":"0"}' }
    const scan = (): never => expect.unreachable()
    expect((await ask([empty], { parse, scan })).outcome).toMatchObject({ value: undefined })
  })

  it.each([200, 429])('tells of a limit with status %d, and is asked for again', async (status) => {
    const limited = { status, body: '{"code":"50011","msg":"Too Many Requests"}' }
    const { outcome, told } = await ask([limited, OK], { parse })
    expect(outcome).toMatchObject({ value: [['1.10', 0.5]], attempts: 2 })
    expect(told).toEqual([`http_429: answered ${status}: 50011`])
  })

  it.each([200, 400])('refuses with status %d for good', async (status) => {
    const refused = { status, body: '{"code":"51001","msg":"Instrument ID does not exist"}' }
    const { outcome } = await ask([refused], { parse })
    expect(outcome).toBeInstanceOf(VenueRefusedError)
    expect(outcome).toMatchObject({
      message: 'Instrument ID does not exist',
      details: { type: 'local_51001' },
    })
  })

  it.each(['', '<html>', '[]', '{"code":'])('is no answer where it is none: %j', async (body) => {
    const { outcome, told } = await ask([{ body }, OK], { parse })
    expect(outcome).toMatchObject({ attempts: 2 })
    expect(told).toMatchObject([expect.stringMatching(/^payload: /)])
  })
})
