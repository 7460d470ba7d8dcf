import { describe, expect, it } from 'vitest'
import { startSimulator } from '../../src/sim/index.ts'
import { ask, readKlines } from '../helpers/simulator.ts'
import { StreamClient, toRow } from '../helpers/stream-client.ts'

const NOW = Date.UTC(2026, 4, 3, 12)
const MINUTE = 60_000

describe('listings that change', () => {
  const listedAt = NOW + 3 * MINUTE
  const settledAt = NOW + 6 * MINUTE
  const closedAt = NOW + 8 * MINUTE
  const changing = {
    symbols: ['BTCUSDT', 'ETHUSDT'],
    // The minute before is closed and told.
    clock: { startAt: NOW + 100, rate: 0 },
    listingChanges: [
      { symbol: 'NEWUSDT', at: listedAt, status: 'TRADING' },
      { symbol: 'ETHUSDT', at: settledAt, status: 'SETTLING' },
      { symbol: 'ETHUSDT', at: closedAt, status: 'CLOSE' },
    ],
    stream: { messagesPerSecond: 1_000 },
  } as const

  it('are told by exchangeInfo, klines and stream alike', async () => {
    await using simulator = await startSimulator(changing)
    await using client = await StreamClient.open(
      `${simulator.wsUrl}/market/ws/!contractInfo/ethusdt@contractInfo/newusdt@kline_1m/ethusdt@kline_1m`,
    )
    const standings: unknown[] = []
    for (let minute = 1; minute <= 10; minute += 1) {
      simulator.advance(MINUTE)
      const { symbols } = JSON.parse((await ask(`${simulator.restUrl}/fapi/v1/exchangeInfo`)).text)
      standings.push(
        symbols.map((entry: Record<string, unknown>) => `${entry.symbol} ${entry.status}`).join(', '),
      )
    }
    const before = 'BTCUSDT TRADING, ETHUSDT TRADING'
    const both = 'BTCUSDT TRADING, ETHUSDT TRADING, NEWUSDT TRADING'
    const settling = 'BTCUSDT TRADING, ETHUSDT SETTLING, NEWUSDT TRADING'
    const closed = 'BTCUSDT TRADING, ETHUSDT CLOSE, NEWUSDT TRADING'
    const expected = [before, before, both, both, both, settling, settling, closed, closed, closed]
    expect(standings).toEqual(expected)
    const news = (await client.frames()).filter(({ e }) => e === 'contractInfo')
    expect(news.map(({ E, s, cs, st }) => [(Number(E) - NOW) / MINUTE, s, cs, st])).toEqual([
      [3, 'NEWUSDT', 'TRADING', 1],
      [6, 'ETHUSDT', 'SETTLING', 1],
      [6, 'ETHUSDT', 'SETTLING', 1],
      [8, 'ETHUSDT', 'CLOSE', 1],
      [8, 'ETHUSDT', 'CLOSE', 1],
    ])
    const closes = await client.closes()
    for (const [symbol, minutes] of [
      ['NEWUSDT', [3, 4, 5, 6, 7, 8, 9]],
      ['ETHUSDT', [0, 1, 2, 3, 4, 5]],
    ] as const) {
      const own = closes.filter(({ s }) => s === symbol).map(toRow)
      expect(own.map(([openTime]) => (Number(openTime) - NOW) / MINUTE)).toEqual(minutes)
      const rest = await readKlines(simulator, { symbol, startTime: NOW })
      expect(rest.filter(([openTime]) => openTime < NOW + 10 * MINUTE)).toEqual(own)
    }
  })

  it('are unknown before they are listed', async () => {
    await using simulator = await startSimulator(changing)
    const reply = await ask(`${simulator.restUrl}/fapi/v1/klines`, { symbol: 'NEWUSDT', interval: '1m' })
    expect(JSON.parse(reply.text).code).toBe(-1121)
    simulator.advance(3 * MINUTE)
    expect(await readKlines(simulator, { symbol: 'NEWUSDT' })).toHaveLength(1)
  })

  it('change at the start of a minute', async () => {
    const listingChanges = [{ symbol: 'ETHUSDT', at: NOW + 1, status: 'CLOSE' }] as const
    await expect(startSimulator({ listingChanges })).rejects.toThrow(/within a minute/)
  })
})
