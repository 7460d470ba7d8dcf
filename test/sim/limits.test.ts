import { describe, expect, it } from 'vitest'
import { startBinanceSimulator } from '../../src/sim/binance/index.ts'
import { createMeter } from '../../src/sim/core/meter.ts'
import { ask, askKlines } from '../helpers/simulator.ts'

const NOW = Date.UTC(2026, 4, 3, 12) + 15_000
const MINUTE = 60_000
const frozen = { clock: { startAt: NOW, rate: 0 } }
const PAGE = { symbol: 'BTCUSDT', startTime: NOW - 3_000 * MINUTE }
const USED = 'x-mbx-used-weight-1m'

describe('the weight of a request', () => {
  it('follows the limit that is asked, and the header counts it', async () => {
    await using simulator = await startBinanceSimulator(frozen)
    const costs: number[] = []
    let before = 0
    for (const limit of [1, 99, 100, 499, 500, 1_000, 1_001, 1_500]) {
      const used = Number((await askKlines(simulator, { ...PAGE, limit })).headers[USED])
      costs.push(used - before)
      before = used
    }
    expect(costs).toEqual([1, 1, 2, 2, 5, 5, 10, 10])
    const last = await askKlines(simulator, PAGE)
    expect(last.headers[USED]).toBe('41')
    expect(simulator.stats().weight).toEqual({ '127.0.0.1': { [NOW - 15_000]: 41 } })
  })

  it('is 1 for time, ping, exchangeInfo and one premium index, 10 for all of them', async () => {
    await using simulator = await startBinanceSimulator(frozen)
    const used: unknown[] = []
    for (const path of ['time', 'ping', 'exchangeInfo', 'premiumIndex?symbol=BTCUSDT', 'premiumIndex']) {
      used.push((await ask(`${simulator.restUrl}/fapi/v1/${path}`)).headers[USED])
    }
    expect(used).toEqual(['1', '2', '3', '4', '14'])
  })

  it('of funding is not told and counts in a pool of its own', async () => {
    await using simulator = await startBinanceSimulator(frozen)
    const statuses = new Set<number>()
    for (let request = 0; request < 500; request += 1) {
      const path = request % 2 ? 'fundingInfo' : 'fundingRate?symbol=BTCUSDT&limit=1'
      const reply = await ask(`${simulator.restUrl}/fapi/v1/${path}`)
      statuses.add(reply.status)
      expect(reply.headers[USED]).toBeUndefined()
    }
    expect(statuses).toEqual(new Set([200]))
    const refused = await ask(`${simulator.restUrl}/fapi/v1/fundingInfo`)
    expect(refused.status).toBe(429)
    expect(refused.headers['retry-after']).toBe('285')
    expect((await ask(`${simulator.restUrl}/fapi/v1/time`)).headers[USED]).toBe('1')
    simulator.advance(5 * MINUTE)
    expect((await ask(`${simulator.restUrl}/fapi/v1/fundingInfo`)).status).toBe(200)
  })
})

describe('an address over the limit', () => {
  const heavy = { ...PAGE, limit: 1_500 }

  it('gets 429, and a ban after five ignored ones, which grows', async () => {
    await using simulator = await startBinanceSimulator(frozen)
    for (let request = 0; request < 240; request += 1)
      expect((await askKlines(simulator, heavy)).status).toBe(200)
    const limited = await askKlines(simulator, heavy)
    expect({ status: limited.status, text: limited.text, wait: limited.headers['retry-after'] }).toEqual({
      status: 429,
      text: '{"code":-1003,"msg":"Too many requests; current limit of IP(127.0.0.1) is 2400 requests per minute. Please use the websocket for live updates to avoid polling the API."}',
      wait: '45',
    })
    for (let request = 0; request < 4; request += 1)
      expect((await askKlines(simulator, heavy)).status).toBe(429)
    const banned = await askKlines(simulator, heavy)
    expect({ status: banned.status, text: banned.text }).toEqual({
      status: 418,
      text: `{"code":-1003,"msg":"Way too many requests; IP(127.0.0.1) banned until ${NOW + 2 * MINUTE}. Please use the websocket for live updates to avoid bans."}`,
    })
    expect((await ask(`${simulator.restUrl}/fapi/v1/time`)).status).toBe(418)
    expect(simulator.stats().violations).toEqual({ limited: 6, whileBanned: 1 })

    const other = await askKlines(simulator, heavy, { localAddress: '127.0.0.2' })
    expect({ status: other.status, used: other.headers[USED] }).toEqual({ status: 200, used: '10' })

    simulator.advance(2 * MINUTE)
    for (let request = 0; request < 245; request += 1) await askKlines(simulator, heavy)
    expect((await askKlines(simulator, heavy)).text).toContain(`banned until ${simulator.now() + 4 * MINUTE}`)
  })

  it('is free again when the minute is over', async () => {
    await using simulator = await startBinanceSimulator({ ...frozen, hasRetryAfter: false })
    for (let request = 0; request < 240; request += 1) await askKlines(simulator, heavy)
    const limited = await askKlines(simulator, heavy)
    expect([limited.status, limited.headers['retry-after']]).toEqual([429, undefined])
    simulator.advance(44_999)
    expect((await askKlines(simulator, heavy)).status).toBe(429)
    simulator.advance(1)
    const free = await askKlines(simulator, heavy)
    expect([free.status, free.headers[USED]]).toEqual([200, '10'])
  })

  it('is never refused without limits, and told its weight all the same', async () => {
    await using simulator = await startBinanceSimulator({ ...frozen, hasLimits: false })
    for (let request = 0; request < 241; request += 1) await askKlines(simulator, heavy)
    const reply = await askKlines(simulator, heavy)
    expect([reply.status, reply.headers[USED]]).toEqual([200, '2420'])
  })
})

describe('a meter', () => {
  it('by calendar window forgets everything at its boundary', () => {
    const meter = createMeter('minute', MINUTE)
    expect([meter.add(5, 59_000), meter.add(5, 59_999), meter.add(1, 60_000)]).toEqual([5, 10, 1])
    expect(meter.freeIn(75_000)).toBe(45_000)
  })

  it('that rolls forgets each weight a window after it came', () => {
    const meter = createMeter('rolling', MINUTE)
    expect([meter.add(5, 59_000), meter.add(5, 59_999), meter.add(1, 60_000)]).toEqual([5, 10, 11])
    expect(meter.freeIn(60_000)).toBe(59_000)
    expect(meter.add(1, 119_000)).toBe(7)
    expect(meter.add(0, 119_999)).toBe(2)
  })
})
