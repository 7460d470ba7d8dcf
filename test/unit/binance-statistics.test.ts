import { describe, expect, it } from 'vitest'
import { PayloadError, VenueRefusedError } from '../../src/lib/errors.ts'
import { DAY, MINUTE } from '../../src/lib/model/window.ts'
import { judge } from '../../src/venues/binance/answers.ts'
import { createBinance } from '../../src/venues/binance/index.ts'
import { createTakerVolumeRoute } from '../../src/venues/binance/taker-volume.ts'

const venue = createBinance({ binanceRestUrl: 'https://fapi.binance.com' })

describe('statistics of five minutes', () => {
  const { oi, lsr, tv } = venue.routes
  if (!oi || !lsr || !tv) throw new Error('binance has all statistics')
  const T = 1789459200000
  const window = { from: T, to: T + 15 * MINUTE }
  const query = {
    symbol: 'BTCUSDT',
    period: '5m',
    startTime: 1789459200000,
    endTime: 1789460099999,
    limit: 500,
  }

  it.each([
    ['open interest', oi, ['openInterestHist']],
    ['ratios', lsr, ['globalLongShortAccountRatio', 'topLongShortAccountRatio', 'topLongShortPositionRatio']],
    ['taker volume', tv, ['takerlongshortRatio']],
  ])('are asked with both ends, the last one inclusive: %s', (_, source, names) => {
    expect(source.questions.map(({ request }) => request('BTCUSDT', window))).toEqual(
      names.map((name) => ({
        baseUrl: 'https://fapi.binance.com',
        path: `/futures/data/${name}`,
        subject: 'BTCUSDT',
        query,
        costs: { 'statistics-requests': 1 },
      })),
    )
  })

  it('are of 30 days, and a start before them is refused with -1130', () => {
    const refusal = (body: string): VenueRefusedError => {
      const verdict = judge({ status: 400, headers: {}, body })
      const type = verdict.kind === 'refuse' ? verdict.type : verdict.kind
      return new VenueRefusedError('refused', { details: { type } })
    }
    const tooOld = refusal(`{"msg":"parameter 'startTime' is invalid.","code":-1130}`)
    const unknown = refusal('{"code":-1121,"msg":"Invalid symbol."}')
    for (const { retentionMs, isTooOld } of [oi, lsr, tv])
      expect([retentionMs, isTooOld?.(tooOld), isTooOld?.(unknown)]).toEqual([30 * DAY, true, false])
  })

  const [interest] = oi.questions
  const entry = {
    symbol: 'BTCUSDT',
    sumOpenInterest: '81350.70400000',
    sumOpenInterestValue: '6253127843.20580000',
    timestamp: T,
  }
  const row = {
    ts: T,
    openInterest: '81350.70400000',
    openInterestValue: '6253127843.20580000',
    sampledAt: T,
  }
  const parseInterest = (...entries: unknown[]) => interest.parse(entries, 'BTCUSDT', window, window)

  it.each([[T], [String(T)]])('are read by the time as the venue has told it: %j', (timestamp) => {
    expect(parseInterest({ ...entry, timestamp })).toEqual({ rows: [row], rejected: [], count: 1 })
  })

  it.each([
    ['timestamp is not on five minutes', { timestamp: T + MINUTE }, T + MINUTE],
    ['sumOpenInterest is not a number', { sumOpenInterest: '' }, T],
    ['sumOpenInterest is not a number', { sumOpenInterest: undefined }, T],
    ['sumOpenInterestValue is not a number', { sumOpenInterestValue: '1e5' }, T],
    ['sumOpenInterestValue is below 0', { sumOpenInterestValue: '-0.1' }, T],
  ])('are refused one by one: %s (%j)', (reason, change, ts) => {
    const broken = { ...entry, ...change }
    expect(parseInterest(entry, broken)).toEqual({
      rows: [row],
      rejected: [{ ts, row: broken, reason }],
      count: 2,
    })
  })

  it('are no answer where they are of another symbol', () => {
    expect(() => parseInterest({ ...entry, symbol: 'ETHUSDT' })).toThrow(PayloadError)
  })

  it('of taker volume are asked and read by the label that was found, start or end', () => {
    const route = createTakerVolumeRoute('https://fapi.binance.com')
    const ask = (label: 'start' | 'end') =>
      route.labelledBy(label).questions[0].request('BTCUSDT', window).query
    const read = (label: 'start' | 'end', timestamp: number) =>
      route
        .labelledBy(label)
        .questions[0].parse(
          [{ buyVol: '412.5480', sellVol: '381.9890', timestamp }],
          'BTCUSDT',
          window,
          window,
        ).rows
    const flow = { ts: T, buyVolume: '412.5480', sellVolume: '381.9890', method: 'weighted' }
    expect(ask('start')).toEqual(query)
    expect(read('start', T)).toEqual([{ ...flow, sampledAt: T }])
    expect(ask('end')).toEqual({ ...query, startTime: T + 5 * MINUTE, endTime: T + 20 * MINUTE - 1 })
    expect(read('end', T + 5 * MINUTE)).toEqual([{ ...flow, sampledAt: T + 5 * MINUTE }])
  })
})
