import nock from 'nock'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RequestFailedError, VenueRefusedError, VenueUnavailableError } from '../../src/lib/errors.ts'
import { RunEventBus } from '../../src/lib/events.ts'
import { VenueSession } from '../../src/lib/http/venue-session.ts'
import type { Clock } from '../../src/lib/time/clock.ts'
import { createBinance } from '../../src/venues/binance/index.ts'

const HOST = 'https://fapi.binance.com'
const WINDOW = { from: 1_769_904_000_000, to: 1_769_904_180_000 }
const never = new AbortController().signal

/** Sleeping only moves the hands. */
function createClock(): Clock {
  let now = 0
  return {
    now: () => now,
    sleep: async (ms) => {
      now += ms
    },
  }
}

async function withSession<T>(
  work: (
    session: VenueSession,
    fetchPage: () => Promise<unknown>,
    events: RunEventBus,
    clock: Clock,
  ) => Promise<T>,
): Promise<T> {
  const venue = createBinance({ binanceRestUrl: HOST })
  const options = { proxies: [], usesDirect: true, concurrency: 2, requestTimeoutMs: 1_000, outageMs: 20_000 }
  const events = new RunEventBus()
  const clock = createClock()
  await using session = new VenueSession({
    venue,
    events,
    clock,
    ...options,
  })
  const [question] = venue.routes.ohlcv?.questions ?? []
  const fetchPage = async (): Promise<unknown> => {
    if (!question) throw new Error('binance has candles')
    const request = question.request('BTCUSDT', WINDOW)
    return (await session.client.fetch({ request, parse: (payload) => payload }, never)).value
  }
  return await work(session, fetchPage, events, clock)
}

// Other files share this process: its sockets are patched while a test of this one runs, and never else.
nock.restore()
beforeEach(() => {
  nock.activate()
})
afterEach(() => {
  nock.abortPendingRequests()
  nock.cleanAll()
  nock.restore()
})

describe('a request', () => {
  it('has the shape that the venue documents', async () => {
    const scope = nock(HOST, { reqheaders: { accept: 'application/json', 'user-agent': 'perpctl' } })
      .get('/fapi/v1/klines')
      .query({
        symbol: 'BTCUSDT',
        interval: '1m',
        startTime: '1769904000000',
        endTime: '1769904179999',
        limit: '3',
      })
      .reply(200, '[[1]]')
    expect(await withSession((_, fetchPage) => fetchPage())).toEqual([[1]])
    expect(scope.isDone()).toBe(true)
  })

  it('that is refused is not asked again', async () => {
    const scope = nock(HOST)
      .get('/fapi/v1/klines')
      .query(true)
      .once()
      .reply(400, { code: -1121, msg: 'Invalid symbol.' })
    await expect(withSession((_, fetchPage) => fetchPage())).rejects.toThrow(VenueRefusedError)
    expect(scope.isDone()).toBe(true)
  })

  it('is tried again while the venue is in trouble', async () => {
    nock(HOST).get('/fapi/v1/klines').query(true).times(7).reply(503, 'Service Unavailable.')
    nock(HOST).get('/fapi/v1/klines').query(true).reply(200, '[]')
    expect(await withSession((_, fetchPage) => fetchPage())).toEqual([])
  })

  it('that alone fails is given up after eight tries, once the venue has answered something else', async () => {
    nock(HOST).get('/fapi/v1/klines').query(true).times(8).reply(500)
    const time = nock(HOST).get('/fapi/v1/time').reply(200, { serverTime: 1_769_904_000_000 })
    await expect(withSession((_, fetchPage) => fetchPage())).rejects.toThrow(RequestFailedError)
    expect(time.isDone()).toBe(true)
  })

  it('to a venue that answers nothing at all ends as unavailable', async () => {
    nock(HOST).get(/.*/).query(true).times(200).reply(500)
    await expect(withSession((_, fetchPage) => fetchPage())).rejects.toThrow(VenueUnavailableError)
  })

  it('is never tried again for a bug of ours', async () => {
    nock(HOST).get('/fapi/v1/time').once().reply(200, { serverTime: 1 })
    const broken = (): never => {
      throw new TypeError('a bug')
    }
    const work = withSession((session) => {
      const request = { baseUrl: HOST, path: '/fapi/v1/time', query: {}, costs: { 'request-weight': 1 } }
      return session.client.fetch({ request, parse: broken }, never)
    })
    await expect(work).rejects.toThrow(TypeError)
  })
})

describe('the venue session', () => {
  it.each([
    ['seconds', 1_769_904_000],
    ['microseconds', 1_769_904_000_000_000],
  ])('takes a time in %s for a venue that does not do its work, by its name', async (_, serverTime) => {
    nock(HOST).get('/fapi/v1/time').times(4).reply(200, { serverTime })
    const problem = `fapi.binance.com does not do its work: binance /fapi/v1/time.serverTime: ${serverTime} is not a time`
    const work = withSession((session) => session.readTime(never))
    await expect(work).rejects.toThrow(VenueUnavailableError)
    nock(HOST).get('/fapi/v1/time').times(4).reply(200, { serverTime })
    await expect(withSession((session) => session.readTime(never))).rejects.toThrow(problem)
  })

  it('records an odd entry of a list once, however often the list is read', async () => {
    const symbols = [{ symbol: 'AUSDT' }, null, { symbol: 'A\u0000' }]
    nock(HOST).get('/fapi/v1/exchangeInfo').twice().reply(200, { symbols })
    nock(HOST)
      .get('/fapi/v1/fundingInfo')
      .twice()
      .reply(200, [{ symbol: 'AUSDT', fundingIntervalHours: 4 }, 7])
    const told: string[] = []
    await withSession(async (session, _, events) => {
      events.on('failure', ({ type, message }) => void told.push(`${type}: ${message}`))
      for (let times = 0; times < 2; times += 1) await session.readListing(never)
    })
    expect(told).toEqual([
      'bad_entry: an entry in /fapi/v1/exchangeInfo.symbols cannot be taken: is not an object',
      'bad_entry: an entry in /fapi/v1/exchangeInfo.symbols cannot be taken: symbol is not a name',
      'bad_entry: an entry in /fapi/v1/fundingInfo cannot be taken: is not an object',
    ])
  })

  it.each([['99999999999'], ['1e309'], ['-1'], ['0.5'], ['9'.repeat(400)]])(
    'waits for nobody for ever where %s of the weight are said to be used',
    async (used) => {
      nock(HOST).get('/fapi/v1/klines').query(true).reply(200, '[]', { 'x-mbx-used-weight-1m': used })
      await withSession(async (session, fetchPage) => {
        await fetchPage()
        const [lane] = session.pool.lanes
        expect(lane?.waitFor({ costs: { 'request-weight': 2 } }, 0)).toBe(0)
        expect(lane?.state(0).budgets[0]?.used).toBeLessThan(100)
      })
    },
  )

  it('counts the wait for a spent budget as no silence of the venue', async () => {
    nock(HOST).get('/fapi/v1/klines').query(true).reply(503, '{}')
    nock(HOST).get('/fapi/v1/klines').query(true).reply(200, [])
    await withSession(async (session, fetchPage, _, clock) => {
      const acquire = session.pool.acquire.bind(session.pool)
      session.pool.acquire = async (...wanted) => {
        await clock.sleep(60_000)
        return acquire(...wanted)
      }
      expect(await fetchPage()).toEqual([])
    })
  })

  it('is silent for three days at most, and ends, whatever a ban says', async () => {
    const msg = `banned until ${Date.UTC(2099, 0, 1)}`
    nock(HOST).get('/fapi/v1/klines').query(true).reply(418, { code: -1003, msg })
    const work = withSession((_, fetchPage) => fetchPage())
    await expect(work).rejects.toThrow(/no lane is left \(direct: .* paused until /)
  })

  it('asks for the time, the listing and the funding intervals once, and adopts the limits', async () => {
    nock(HOST).get('/fapi/v1/time').reply(200, { serverTime: 1_769_904_000_000 })
    nock(HOST)
      .get('/fapi/v1/exchangeInfo')
      .reply(200, {
        rateLimits: [{ rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6_000 }],
        symbols: [],
      })
    nock(HOST)
      .get('/fapi/v1/fundingInfo')
      .reply(200, [{ symbol: 'AUSDT', fundingIntervalHours: 4 }])
    await withSession(async (session) => {
      expect(await session.readTime(never)).toBe(1_769_904_000_000)
      expect(session.venueTime).toBe(1_769_904_000_000)
      await session.readListing(never)
      const [lane] = session.pool.lanes
      // The time and the listing have cost 2 of the 6,000: what is more has to wait until the first of them is over.
      const waits = [5_998, 5_999].map((weight) => lane?.waitFor({ costs: { 'request-weight': weight } }, 0))
      expect(waits).toEqual([0, 60_000])
      expect(lane?.state(0)).toMatchObject({
        budgets: [{ limit: 6_000 }, { used: 1, limit: 500 }, { used: 0 }],
      })
    })
    expect(nock.isDone()).toBe(true)
  })
})
