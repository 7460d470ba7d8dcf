import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { type BinanceSimulatorOptions, startBinanceSimulator } from '../../src/sim/binance/index.ts'
import { parseFaultText } from '../../src/sim/core/fault-rules.ts'
import { ask, readKlines } from '../helpers/simulator.ts'
import { StreamClient, toRow } from '../helpers/stream-client.ts'

/** The candle of the minute before is told 100 ms after its end: just now. */
const NOW = Date.UTC(2026, 4, 3, 12) + 100
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const start = (rules: readonly string[], changes: BinanceSimulatorOptions = {}) =>
  startBinanceSimulator({
    symbols: ['BTCUSDT', 'ETHUSDT'],
    clock: { startAt: NOW, rate: 0 },
    faults: rules.map(parseFaultText),
    ...changes,
    stream: { messagesPerSecond: 1_000, maxAgeMs: 1_000 * HOUR },
  })

type Simulator = Awaited<ReturnType<typeof start>>
const PATH = '/market/ws/btcusdt@kline_1m/ethusdt@kline_1m'
const open = (simulator: Simulator, path = PATH) => StreamClient.open(`${simulator.wsUrl}${path}`)
const minuteOf = (ts: number): number => (ts - NOW + 100) / MINUTE
const truthOf = (simulator: Simulator, symbol: string) =>
  simulator.truth.candles(symbol, { from: NOW - 100, to: NOW + 24 * HOUR })

async function minutesOf(client: StreamClient, symbol: string): Promise<number[]> {
  return (await client.closes()).filter(({ s }) => s === symbol).map(({ k }) => minuteOf(k.t))
}

describe('a broken connection', () => {
  it('ws-disconnect ends all in order, after all that was due before', async () => {
    await using simulator = await start(['ws-disconnect:atMs=150000'])
    await using one = await open(simulator)
    await using two = await open(simulator)
    simulator.advance(5 * MINUTE)
    expect([await one.closed, await two.closed]).toEqual([1_001, 1_001])
    for (const client of [one, two]) {
      const closes = client.received.map(({ text }) => JSON.parse(text)).filter(({ k }) => k.x)
      expect(closes.map(({ s, k }) => `${s} ${minuteOf(k.t)}`)).toEqual([
        'BTCUSDT 0',
        'ETHUSDT 0',
        'BTCUSDT 1',
        'ETHUSDT 1',
      ])
    }
    const end = { at: NOW + 150_000, reason: 'ws-disconnect' }
    expect(simulator.stream()).toMatchObject({ connections: 0, disconnects: [end, end], sent: 8 })
    expect(simulator.stats().faults).toEqual({ 'ws-disconnect': 1 })
    await using later = await open(simulator)
    simulator.advance(MINUTE)
    expect(await minutesOf(later, 'BTCUSDT')).toEqual([5])
  })

  it('comes each so many milliseconds, so often', async () => {
    await using simulator = await start(['ws-disconnect:everyMs=60000:count=2'])
    const ends: number[] = []
    for (let second = 0; second < 240; second += 30) {
      await using client = await open(simulator)
      simulator.advance(30_000)
      if (simulator.stream().connections === 0) ends.push(second + 30)
      await (simulator.stream().connections === 0 ? client.closed : client.frames())
    }
    expect(ends).toEqual([60, 120])
  })

  it('ws-reset comes without a farewell', async () => {
    await using simulator = await start([])
    await using client = await open(simulator)
    simulator.setFaults([{ kind: 'ws-reset' }])
    simulator.advance(1)
    expect(await client.closed).toBe(1_006)
    expect(simulator.stream().disconnects).toEqual([{ at: NOW, reason: 'ws-reset' }])
  })

  it('ws-refuse answers handshakes with 503 or another status, and then no more', async () => {
    await using simulator = await start([
      'ws-refuse:atMs=1000:ms=1000',
      'ws-refuse:atMs=5000:count=1:status=403',
    ])
    await using before = await open(simulator)
    simulator.advance(1_000)
    await expect(open(simulator)).rejects.toThrow(/503/)
    await expect(open(simulator)).rejects.toThrow(/503/)
    simulator.advance(1_000)
    await using between = await open(simulator)
    simulator.advance(3_000)
    await expect(open(simulator)).rejects.toThrow(/403/)
    await using after = await open(simulator)
    simulator.advance(MINUTE)
    for (const client of [before, between, after]) expect(await minutesOf(client, 'BTCUSDT')).toEqual([0])
    expect(simulator.stats().faults).toEqual({ 'ws-refuse': 3 })
    expect(simulator.stream().opened).toBe(3)
  })
})

describe('a silent connection', () => {
  it('ws-stall loses what is due meanwhile, for good, and answers pings', async () => {
    await using simulator = await start(['ws-stall:atMs=60000:ms=120000'])
    await using client = await open(simulator)
    for (let minute = 0; minute < 6; minute += 1) simulator.advance(MINUTE)
    client.socket.ping()
    await once(client.socket, 'pong')
    expect(await minutesOf(client, 'BTCUSDT')).toEqual([2, 3, 4, 5])
    expect(simulator.stats().faults).toEqual({ 'ws-stall': 1 })
    expect(simulator.stream().connections).toBe(1)
  })

  it('ws-stall of a symbol leaves the others alone, and comes again', async () => {
    await using simulator = await start(['ws-stall:symbol=ETHUSDT:everyMs=120000:ms=60000:count=2'])
    await using client = await open(simulator)
    simulator.advance(10 * MINUTE)
    expect(await minutesOf(client, 'BTCUSDT')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(await minutesOf(client, 'ETHUSDT')).toEqual([0, 2, 4, 5, 6, 7, 8, 9])
    expect(simulator.stats().faults).toEqual({ 'ws-stall': 2 })
  })

  it('ws-silent holds for the connections that are opened then', async () => {
    await using simulator = await start(['ws-silent:atMs=60000:count=1'])
    await using before = await open(simulator)
    simulator.advance(MINUTE)
    await using silent = await open(simulator)
    await using after = await open(simulator)
    simulator.advance(2 * MINUTE)
    expect(await silent.command('SUBSCRIBE', ['!forceOrder@arr'])).toMatchObject({ result: null })
    expect(await silent.frames()).toEqual([])
    expect(await minutesOf(before, 'BTCUSDT')).toEqual([0, 1, 2])
    expect(await minutesOf(after, 'BTCUSDT')).toEqual([1, 2])
  })
})

describe('a closed candle', () => {
  it('ws-no-close is missing for each third minute of a symbol', async () => {
    await using simulator = await start(['ws-no-close:symbol=BTCUSDT:every=3'])
    await using client = await open(simulator)
    simulator.advance(9 * MINUTE)
    expect(await minutesOf(client, 'BTCUSDT')).toEqual([0, 1, 3, 4, 6, 7])
    expect(await minutesOf(client, 'ETHUSDT')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    expect(simulator.stats().faults).toEqual({ 'ws-no-close': 3 })
  })

  it('ws-wrong-close is sane, and not what REST serves', async () => {
    await using simulator = await start(['ws-wrong-close:count=1:symbol=BTCUSDT'])
    await using client = await open(simulator, '/market/ws/btcusdt@kline_1m')
    simulator.advance(2 * MINUTE)
    const [wrong, right] = await client.closes()
    const [first, second] = await readKlines(simulator, { symbol: 'BTCUSDT', startTime: NOW - 100 })
    expect([right && toRow(right), wrong?.k.t]).toEqual([second, first?.[0]])
    expect(wrong && toRow(wrong)).not.toEqual(first)
    const [o, h, l, c] = [wrong?.k.o, wrong?.k.h, wrong?.k.l, wrong?.k.c].map(Number)
    expect(h).toBeGreaterThanOrEqual(Math.max(Number(o), Number(c)))
    expect(l).toBeLessThanOrEqual(Math.min(Number(o), Number(c)))
  })

  it('ws-late-close comes so much later, whole', async () => {
    await using simulator = await start(['ws-late-close:symbol=BTCUSDT:ms=90000:count=1'])
    await using client = await open(simulator)
    simulator.advance(2 * MINUTE)
    expect(await minutesOf(client, 'BTCUSDT')).toEqual([1])
    simulator.advance(30_000)
    const late = (await client.closes()).at(-1)
    expect([late?.E, late && toRow(late)]).toEqual([NOW + 150_000, truthOf(simulator, 'BTCUSDT')[0]])
  })

  it('ws-reorder is followed by a candle of its own that is not closed', async () => {
    await using simulator = await start(['ws-reorder:symbol=BTCUSDT'])
    await using client = await open(simulator, '/market/ws/btcusdt@kline_1m')
    simulator.advance(2 * MINUTE)
    const frames = await client.klines()
    expect(frames.map(({ E, k }) => [E - NOW, minuteOf(k.t), k.x])).toEqual([
      [MINUTE, 0, true],
      [MINUTE / 2 - 100, 0, false],
      [2 * MINUTE, 1, true],
      [1.5 * MINUTE - 100, 1, false],
    ])
  })
})

describe('any frame', () => {
  const LIQUIDATIONS = '/market/ws/btcusdt@forceOrder'
  const timesOf = async (client: StreamClient) =>
    (await client.frames()).map(({ o }) =>
      typeof o === 'object' && o !== null && 'T' in o ? o.T : undefined,
    )

  it('ws-duplicate comes twice', async () => {
    await using simulator = await start(['ws-duplicate:every=2:symbol=BTCUSDT'])
    await using client = await open(simulator)
    simulator.advance(4 * MINUTE)
    expect(await minutesOf(client, 'BTCUSDT')).toEqual([0, 1, 1, 2, 3, 3])
    expect(await minutesOf(client, 'ETHUSDT')).toEqual([0, 1, 2, 3])
  })

  it('ws-reorder swaps two', async () => {
    await using simulator = await start(['ws-reorder:count=1:after=1'])
    await using client = await open(simulator, LIQUIDATIONS)
    simulator.advance(12 * HOUR)
    const truth = simulator.truth.liquidationOrders('BTCUSDT', { from: NOW, to: NOW + 12 * HOUR })
    const [first, second, third, ...others] = truth.map(({ time }) => time)
    expect(await timesOf(client)).toEqual([first, third, second, ...others])
    expect(simulator.stream().orders.map(({ time }) => time)).toEqual([first, third, second, ...others])
  })

  it.each([
    [0, (text: string) => expect(() => JSON.parse(text)).toThrow()],
    [1, (text: string) => expect(() => JSON.parse(`${text}`)).toThrow(/JSON/)],
    [2, (text: string) => expect(text).toContain('\ufffd')],
    [3, (text: string) => expect(JSON.parse(text)).toMatchObject({ e: 'kline', s: null, k: { x: 'truex' } })],
    [4, (text: string) => expect(Object.keys(JSON.parse(text).k)).not.toContain('c')],
  ] as const)('ws-garbage of variant %i comes in place of a good one', async (variant, check) => {
    await using simulator = await start([`ws-garbage:count=1:after=1:variant=${variant}`])
    await using client = await open(simulator, '/market/ws/btcusdt@kline_1m')
    simulator.advance(3 * MINUTE)
    await client.frames()
    expect(client.received[1]?.isBinary).toBe(variant === 2)
    check(client.received[1]?.text ?? '')
    const closes = (await client.closes()).filter(({ k }) => typeof k.t === 'number' && 'c' in k)
    expect(closes.map(toRow)).toEqual(truthOf(simulator, 'BTCUSDT').filter((_, index) => index !== 1))
  })

  it('ws-garbage comes in five kinds, one after the other, each so many milliseconds', async () => {
    await using simulator = await start(['ws-garbage:everyMs=120000'])
    await using client = await open(simulator, '/market/stream?streams=btcusdt@kline_1m')
    for (let minute = 0; minute < 10; minute += 1) simulator.advance(MINUTE)
    await client.command('LIST_SUBSCRIPTIONS')
    const isGood = ({ text }: { text: string }) =>
      /^\{"stream":"btcusdt@kline_1m","data":\{.*"c":"[\d.]+".*\}\}\}$/.test(text)
    // The first candle closes in the first two minutes, the second at the start of the next two, and so on.
    expect(client.received.slice(0, -1).map(isGood)).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((minute) => minute !== 1 && minute % 2 === 1),
    )
    expect(simulator.stats().faults).toEqual({ 'ws-garbage': 6 })
  })

  it('an order in garbage was not written', async () => {
    await using simulator = await start(['ws-garbage:count=1'])
    await using client = await open(simulator, LIQUIDATIONS)
    simulator.advance(12 * HOUR)
    await client.frames()
    const truth = simulator.truth.liquidationOrders('BTCUSDT', { from: NOW, to: NOW + 12 * HOUR })
    expect(simulator.stream().orders).toEqual(
      truth.slice(1).map((order) => ({ symbol: 'BTCUSDT', ...order, connections: 1 })),
    )
  })
})

describe('the rules', () => {
  it('of the stream are never met by REST, and those of REST never by the stream', async () => {
    const ws = ['ws-disconnect', 'ws-refuse', 'ws-garbage', 'ws-no-close']
    await using refusing = await start(ws)
    const reply = await ask(`${refusing.restUrl}/fapi/v1/time`)
    expect([reply.status, refusing.stats().faults]).toEqual([200, {}])
    await using failing = await start(['500', 'garbage-json', 'reset', 'hang'])
    await using client = await open(failing)
    failing.advance(MINUTE)
    expect(await minutesOf(client, 'BTCUSDT')).toEqual([0])
    expect(failing.stats().faults).toEqual({})
  })

  it('are replaced over HTTP, and time begins anew', async () => {
    await using simulator = await start(['ws-no-close'])
    await using client = await open(simulator)
    simulator.advance(MINUTE)
    const rules = [{ kind: 'ws-disconnect', atMs: MINUTE }]
    const put = { method: 'PUT', body: JSON.stringify(rules) }
    expect((await ask(`${simulator.restUrl}/_sim/faults`, {}, put)).text).toBe('{"faults":1}')
    simulator.advance(MINUTE - 1)
    expect(await minutesOf(client, 'BTCUSDT')).toEqual([])
    const move = { method: 'PUT', body: '{"advance":1}' }
    await ask(`${simulator.restUrl}/_sim/clock`, {}, move)
    expect(await client.closed).toBe(1_001)
    const told = JSON.parse((await ask(`${simulator.restUrl}/_sim/stream`)).text)
    expect(told).toEqual(simulator.stream())
    expect(told).toMatchObject({ disconnects: [{ at: NOW + 2 * MINUTE, reason: 'ws-disconnect' }] })
  })

  it.each([
    [
      'ws-explode',
      /kinds: .*ws-disconnect, ws-reset, ws-refuse, ws-stall, ws-silent, ws-no-close, ws-duplicate/,
    ],
    ['ws-explode', /ws-reorder, ws-garbage, ws-wrong-close, ws-late-close/],
    ['ws-stall:path=klines', /a fault of the stream goes by symbol, atMs/],
    ['500:everyMs=5', /belong to the faults of the stream/],
    ['ws-stall:everyMs=0', /write kind:key=value/],
  ] as const)('%s is refused with what there is', (text, hint) => {
    expect(() => parseFaultText(text)).toThrow(expect.objectContaining({ hint: expect.stringMatching(hint) }))
  })
})
