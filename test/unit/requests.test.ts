import { describe, expect, it } from 'vitest'
import type { RunEvents } from '../../src/lib/events.ts'
import type { ApiRequest } from '../../src/lib/venue/request.ts'
import { acceptAll, withLocalVenue } from '../helpers/local-venue.ts'

const never = new AbortController().signal
const candles = (baseUrl: string): ApiRequest => ({
  baseUrl,
  path: '/info',
  query: {},
  body: { type: 'candleSnapshot', req: { coin: 'xyz:NVDA', interval: '1m' } },
  subject: 'xyz:NVDA',
  costs: {},
})

describe('a question with a body', () => {
  it('is posted as JSON, and its failures name the symbol and what was asked', async () => {
    const failures: RunEvents['failure'][] = []
    await withLocalVenue(
      { judge: acceptAll },
      () => (failures.length === 0 ? { status: 503, body: '' } : { body: '[7]' }),
      async ({ baseUrl, session, events, asked }) => {
        events.on('failure', (failure) => void failures.push(failure))
        const request = candles(baseUrl)
        const { value } = await session.client.fetch({ request, parse: (payload) => payload }, never)
        expect(value).toEqual([7])
        const { body } = request
        const sent = asked.map((one) => [
          one.method,
          one.url,
          one.headers['content-type'],
          JSON.parse(one.body),
        ])
        expect(sent).toEqual(Array(2).fill(['POST', '/info', 'application/json', body]))
        expect(failures.map(({ details }) => details)).toEqual([
          { path: '/info', query: {}, body, symbol: 'xyz:NVDA', attempt: 1 },
        ])
      },
    )
  })

  it('is otherwise a GET without one', async () => {
    await withLocalVenue(
      { judge: acceptAll },
      () => ({ body: '1' }),
      async ({ session, asked }) => {
        await session.readTime(never)
        expect(asked).toMatchObject([{ method: 'GET', url: '/time', body: '' }])
        expect(asked[0]?.headers['content-type']).toBeUndefined()
      },
    )
  })
})
