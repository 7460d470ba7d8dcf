import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type BinanceSimulator, type KlineRow, startBinanceSimulator } from '../../src/sim/binance/index.ts'
import { FaultPlan, type FaultRule } from '../../src/sim/core/faults.ts'
import { ask, askKlines } from '../helpers/simulator.ts'

const NOW = Date.UTC(2026, 4, 3, 12)
const MINUTE = 60_000
const PAGE = { symbol: 'BTCUSDT', startTime: NOW - 100 * MINUTE, endTime: NOW - 91 * MINUTE }

let simulator: BinanceSimulator
let good: KlineRow[]
beforeAll(async () => {
  simulator = await startBinanceSimulator({ clock: { startAt: NOW, rate: 0 }, hasLimits: false })
  good = JSON.parse((await askKlines(simulator, PAGE)).text)
})
afterAll(() => simulator.close())
beforeEach(() => simulator.setFaults([]))

async function askWith(rule: FaultRule) {
  simulator.setFaults([rule])
  return askKlines(simulator, PAGE)
}

async function rowsWith(rule: FaultRule): Promise<KlineRow[]> {
  const reply = await askWith(rule)
  expect(reply.status).toBe(200)
  return JSON.parse(reply.text)
}

describe('a fault that refuses', () => {
  it.each([
    [{ kind: '500' }, 500, '{"code":-1000,"msg":"An unknown error occurred while processing the request."}'],
    [
      { kind: '503', variant: 0 },
      503,
      '{"code":-1000,"msg":"Unknown error, please check your request or try again later."}',
    ],
    [{ kind: '503', variant: 1 }, 503, '{"code":0,"msg":"Service Unavailable."}'],
    [
      { kind: '408' },
      408,
      '{"code":-1007,"msg":"Timeout waiting for response from backend server. Send status unknown; execution status unknown."}',
    ],
    [
      { kind: '451' },
      451,
      `{"code":0,"msg":"Service unavailable from a restricted location according to 'b. Eligibility' in https://www.binance.com/en/terms. Please contact customer service if you believe you received this message in error."}`,
    ],
    [{ kind: 'empty' }, 200, ''],
  ] satisfies [FaultRule, number, string][])('%j', async (rule, status, text) => {
    const reply = await askWith(rule)
    expect({ status: reply.status, text: reply.text }).toEqual({ status, text })
  })

  it('503 in three texts, one after the other', async () => {
    simulator.setFaults([{ kind: '503' }])
    const codes: unknown[] = []
    for (let request = 0; request < 4; request += 1)
      codes.push(JSON.parse((await askKlines(simulator, PAGE)).text).code)
    expect(codes).toEqual([-1000, 0, -1008, -1000])
  })

  it('html, with 502 or another status', async () => {
    for (const [rule, status] of [
      [{ kind: 'html' }, 502],
      [{ kind: 'html', status: 200 }, 200],
      [{ kind: '403' }, 403],
    ] as const) {
      const reply = await askWith(rule)
      expect([reply.status, reply.headers['content-type']]).toEqual([status, 'text/html'])
      expect(reply.text).toMatch(/<html>/)
    }
  })

  it('a challenge of the firewall', async () => {
    const reply = await askWith({ kind: '202-challenge' })
    expect([reply.status, reply.headers['x-amzn-waf-action'], reply.text]).toEqual([202, 'challenge', ''])
  })

  it('429 with and without Retry-After', async () => {
    expect((await askWith({ kind: '429', retryAfter: 7 })).headers['retry-after']).toBe('7')
    const reply = await askWith({ kind: '429' })
    expect([reply.status, reply.headers['retry-after']]).toEqual([429, undefined])
  })

  it('418, and the address stays banned until then', async () => {
    await using other = await startBinanceSimulator({
      clock: { startAt: NOW, rate: 0 },
      faults: [{ kind: '418', count: 1, ms: 5_000 }],
    })
    const first = await askKlines(other, PAGE)
    expect([first.status, first.text.match(/until (\d+)/)?.[1]]).toEqual([418, String(NOW + 5_000)])
    expect((await askKlines(other, PAGE)).status).toBe(418)
    other.advance(5_000)
    expect((await askKlines(other, PAGE)).status).toBe(200)
    expect(other.stats().violations).toEqual({ limited: 0, whileBanned: 1 })
  })
})

describe('a fault of the connection', () => {
  it('reset breaks it in the middle of the body', async () => {
    await expect(askWith({ kind: 'reset' })).rejects.toThrow(/aborted|ECONNRESET/)
  })

  it('reset-early breaks it before the first byte', async () => {
    await expect(askWith({ kind: 'reset-early' })).rejects.toThrow(/ECONNRESET|socket hang up/)
  })

  it('hang never answers, and closing the simulator ends it', async () => {
    const other = await startBinanceSimulator({ faults: [{ kind: 'hang', count: 1 }] })
    const hanging = ask(`${other.restUrl}/fapi/v1/time`)
    const settled = expect(hanging).rejects.toThrow(/ECONNRESET|socket hang up/)
    while (other.stats().faults.hang !== 1) await new Promise((resolve) => setImmediate(resolve))
    await other.close()
    await settled
  })

  it('slow drips the whole answer in pieces', async () => {
    simulator.setFaults([{ kind: 'slow', ms: 1 }])
    const parts: string[] = []
    const port = Number(new URL(simulator.restUrl).port)
    const socket = connect(port, '127.0.0.1')
    const query = new URLSearchParams({
      interval: '1m',
      symbol: 'BTCUSDT',
      startTime: String(PAGE.startTime),
      endTime: String(PAGE.endTime),
    })
    socket.write(`GET /fapi/v1/klines?${query} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
    for await (const part of socket) parts.push(String(part))
    expect(parts.length).toBeGreaterThan(2)
    expect(JSON.parse(parts.join('').split('\r\n\r\n')[1] ?? '')).toEqual(good)
  })
})

describe('a fault of the body', () => {
  it('truncated-json is cut, with a length that fits', async () => {
    const reply = await askWith({ kind: 'truncated-json' })
    const whole = JSON.stringify(good)
    expect(reply.status).toBe(200)
    expect(reply.text).toBe(whole.slice(0, Math.floor(whole.length * 0.6)))
  })

  it('garbage-json and wrong-shape', async () => {
    expect(() => JSON.parse('[[')).toThrow()
    const garbage = await askWith({ kind: 'garbage-json' })
    expect(() => JSON.parse(garbage.text)).toThrow(SyntaxError)
    simulator.setFaults([{ kind: 'wrong-shape' }])
    const shapes = [await askKlines(simulator, PAGE), await askKlines(simulator, PAGE)]
    expect(shapes.map(({ text }) => JSON.parse(text))).toEqual([
      { data: [], success: true },
      [[1700000000000, '1.0'], [1700000060000]],
    ])
  })
})

describe('a fault of the rows', () => {
  const middle = 5
  const others = (rows: readonly KlineRow[]): KlineRow[] => rows.filter((row) => row[0] !== good[middle]?.[0])

  it('high-below-low, negative and nan spoil one row', async () => {
    const [high = '', low = ''] = [good[middle]?.[2], good[middle]?.[3]]
    expect((await rowsWith({ kind: 'high-below-low' }))[middle]).toEqual(
      good[middle]?.with(2, low).with(3, high),
    )
    expect((await rowsWith({ kind: 'nan' }))[middle]?.[4]).toBe('NaN')
    const negative = await rowsWith({ kind: 'negative' })
    expect(negative[middle]?.[5]).toBe(`-${good[middle]?.[5]}`)
    expect(others(negative)).toEqual(others(good))
  })

  it('duplicate-rows repeats one, conflicting-rows repeats it changed', async () => {
    const twice = good.flatMap((row, at) => (at === middle ? [row, row] : [row]))
    expect(await rowsWith({ kind: 'duplicate-rows' })).toEqual(twice)
    const conflicting = await rowsWith({ kind: 'conflicting-rows' })
    expect(conflicting.toSpliced(middle + 1, 1)).toEqual(good)
    expect(conflicting[middle + 1]?.[0]).toBe(good[middle]?.[0])
    expect(conflicting[middle + 1]).not.toEqual(good[middle])
  })

  it('hole leaves one out, unsorted turns them round', async () => {
    expect(await rowsWith({ kind: 'hole' })).toEqual(others(good))
    expect(await rowsWith({ kind: 'unsorted' })).toEqual(good.toReversed())
  })

  it('shifted answers with today’s tail, whatever was asked', async () => {
    const rows = await rowsWith({ kind: 'shifted' })
    expect(rows.at(-1)?.[0]).toBe(NOW)
    expect(rows).toHaveLength(500)
  })

  it('leaves funding rows as objects', async () => {
    const url = `${simulator.restUrl}/fapi/v1/fundingRate`
    const before = JSON.parse((await ask(url, { symbol: 'BTCUSDT', limit: 3 })).text)
    simulator.setFaults([{ kind: 'conflicting-rows' }])
    const after = JSON.parse((await ask(url, { symbol: 'BTCUSDT', limit: 3 })).text)
    expect(after.toSpliced(2, 1)).toEqual(before)
    expect(after[2].fundingTime).toBe(before[1].fundingTime)
    expect(after[2].fundingRate).not.toBe(before[1].fundingRate)
  })
})

describe('a fault plan', () => {
  const fired = (plan: FaultPlan, symbols: readonly string[]): (string | undefined)[] =>
    symbols.map((symbol) => plan.next({ path: '/fapi/v1/klines', symbol, address: '127.0.0.1' })?.rule.kind)

  it('counts each matching request: after, every, count', () => {
    const plan = new FaultPlan([{ kind: '500', symbol: 'A', after: 1, every: 2, count: 2 }])
    expect(fired(plan, ['A', 'A', 'B', 'A', 'A', 'A', 'A', 'A'])).toEqual([
      undefined,
      undefined,
      undefined,
      '500',
      undefined,
      '500',
      undefined,
      undefined,
    ])
  })

  it('fires the first rule that is due, while the others count on', () => {
    const plan = new FaultPlan([
      { kind: '500', every: 2 },
      { kind: 'hole', path: 'klines', every: 3 },
    ])
    expect(fired(plan, ['A', 'A', 'A', 'A', 'A', 'A'])).toEqual([
      undefined,
      '500',
      'hole',
      '500',
      undefined,
      '500',
    ])
  })
})
