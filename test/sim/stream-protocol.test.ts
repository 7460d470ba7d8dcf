import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BinanceSimulator, startBinanceSimulator } from '../../src/sim/binance/index.ts'
import { MessageMeter } from '../../src/sim/core/stream/message-meter.ts'
import { ask } from '../helpers/simulator.ts'
import { StreamClient } from '../helpers/stream-client.ts'

const NOW = Date.UTC(2026, 4, 3, 12)
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const market = { symbols: ['BTCUSDT', 'ETHUSDT'], clock: { startAt: NOW, rate: 0 } }
/** Tests talk more than a client may. */
const talkative = { messagesPerSecond: 1_000 }

describe('the addresses of the stream', () => {
  let simulator: BinanceSimulator
  beforeAll(async () => {
    simulator = await startBinanceSimulator({ ...market, stream: talkative })
  })
  afterAll(() => simulator.close())

  it.each([
    ['/market/stream?streams=btcusdt@kline_1m/ethusdt@kline_1m', true],
    ['/market/ws/btcusdt@kline_1m/ethusdt@kline_1m', false],
  ] as const)('%s gives both streams, in an envelope: %s', async (path, isCombined) => {
    await using client = await StreamClient.open(`${simulator.wsUrl}${path}`)
    simulator.advance(MINUTE)
    const frames = await client.frames()
    const closed = frames.filter((frame) => JSON.stringify(frame).includes('"x":true'))
    const names = ['BTCUSDT', 'ETHUSDT']
    expect(closed).toEqual(
      names.map((symbol) => {
        const data = expect.objectContaining({ e: 'kline', s: symbol })
        return isCombined ? { stream: `${symbol.toLowerCase()}@kline_1m`, data } : data
      }),
    )
  })

  it.each(['/market/stream', '/market/stream?streams=', '/market/ws', '/market/ws/'])(
    '%s is open without streams, and subscribes later',
    async (path) => {
      await using client = await StreamClient.open(`${simulator.wsUrl}${path}`)
      expect(await client.command('LIST_SUBSCRIPTIONS')).toMatchObject({ result: [] })
      expect(await client.command('SUBSCRIBE', ['btcusdt@kline_1m'])).toMatchObject({ result: null })
      expect(await client.frames()).toEqual([])
      simulator.advance(MINUTE)
      expect(await client.frames()).not.toEqual([])
    },
  )

  it.each(['/ws', '/stream', '/public/ws', '/public/stream', '/private/ws'])(
    '%s takes a market stream and stays silent',
    async (path) => {
      const streams = path.endsWith('ws') ? '/btcusdt@kline_1m' : '?streams=btcusdt@kline_1m'
      await using client = await StreamClient.open(`${simulator.wsUrl}${path}${streams}`)
      expect(await client.command('SUBSCRIBE', ['!forceOrder@arr'])).toMatchObject({ result: null })
      expect(await client.command('LIST_SUBSCRIPTIONS')).toMatchObject({
        result: ['btcusdt@kline_1m', '!forceOrder@arr'],
      })
      simulator.advance(HOUR)
      expect(await client.frames()).toEqual([])
    },
  )

  it.each([
    'BTCUSDT@kline_1m',
    'btcusdt@kline',
    'nobody@kline_1m',
    'btcusdt@markprice',
    '!forceOrder',
    '%E0%A4',
  ])('a wrong name, %s, is taken and stays silent', async (name) => {
    await using client = await StreamClient.open(`${simulator.wsUrl}/market/ws/${name}`)
    expect(await client.command('SUBSCRIBE', [name])).toMatchObject({ result: null })
    simulator.advance(HOUR)
    expect(await client.frames()).toEqual([])
  })

  it('an address that is not served is refused, and REST goes on on the same port', async () => {
    await expect(StreamClient.open(`${simulator.wsUrl}/nowhere`)).rejects.toThrow(/404/)
    expect((await ask(`${simulator.restUrl}/fapi/v1/ping`)).text).toBe('{}')
    expect(simulator.wsUrl).toBe(simulator.restUrl.replace('http', 'ws'))
  })
})

describe('commands', () => {
  let simulator: BinanceSimulator
  beforeAll(async () => {
    simulator = await startBinanceSimulator({ ...market, stream: talkative })
  })
  afterAll(() => simulator.close())

  it('unsubscribe ends a stream, the others go on', async () => {
    await using client = await StreamClient.open(
      `${simulator.wsUrl}/market/ws/btcusdt@kline_1m/ethusdt@kline_1m`,
    )
    expect(await client.say('{"method":"UNSUBSCRIBE","params":["btcusdt@kline_1m"],"id":312}')).toEqual({
      result: null,
      id: 312,
    })
    simulator.advance(MINUTE)
    expect((await client.closes()).map(({ s }) => s)).toEqual(['ETHUSDT'])
  })

  it('the envelope can be switched on and off', async () => {
    await using client = await StreamClient.open(`${simulator.wsUrl}/market/ws/btcusdt@kline_1m`)
    expect(await client.command('GET_PROPERTY', ['combined'])).toMatchObject({ result: false })
    expect(await client.command('SET_PROPERTY', ['combined', true])).toMatchObject({ result: null })
    simulator.advance(MINUTE)
    expect((await client.frames())[0]).toMatchObject({ stream: 'btcusdt@kline_1m', data: { e: 'kline' } })
  })

  it.each([
    ['{"method":', 3, null],
    ['[1]', 2, null],
    ['{"id":4}', 2, 4],
    ['{"method":"GIVE","id":5}', 2, 5],
    ['{"method":"SUBSCRIBE","params":["btcusdt@kline_1m"],"id":"six"}', 2, null],
    ['{"method":"SUBSCRIBE","params":["btcusdt@kline_1m"],"id":-1}', 2, null],
    ['{"method":"SUBSCRIBE","params":"btcusdt@kline_1m","id":7}', 2, 7],
    ['{"method":"SUBSCRIBE","params":[5],"id":8}', 2, 8],
    ['{"method":"SET_PROPERTY","params":["combined","yes"],"id":9}', 1, 9],
    ['{"method":"SET_PROPERTY","params":["colour",true],"id":10}', 0, 10],
  ] as const)('%s is answered with error %i', async (text, code, id) => {
    await using client = await StreamClient.open(`${simulator.wsUrl}/market/ws`)
    const before = simulator.stream().violations.invalid
    expect(await client.say(text)).toEqual({ error: { code, msg: expect.any(String) }, id })
    expect(simulator.stream().violations.invalid).toBe(before + 1)
    expect(await client.command('LIST_SUBSCRIPTIONS')).toMatchObject({ result: [] })
  })
})

describe('the limits of a connection', () => {
  it.each(['text', 'ping', 'pong'] as const)(
    'an eleventh message in a second, here a %s, ends it',
    async (kind) => {
      await using simulator = await startBinanceSimulator(market)
      await using client = await StreamClient.open(`${simulator.wsUrl}/market/ws`)
      for (let message = 0; message < 11; message += 1) {
        if (kind === 'ping') client.socket.ping()
        else if (kind === 'pong') client.socket.pong()
        else client.socket.send(`{"method":"LIST_SUBSCRIPTIONS","id":${message}}`)
      }
      expect(await client.closed).toBe(1_008)
      expect(client.replies()).toHaveLength(kind === 'text' ? 10 : 0)
      expect(simulator.stream()).toMatchObject({
        connections: 0,
        opened: 1,
        disconnects: [{ at: NOW, reason: 'messages' }],
        violations: { messages: 1, streams: 0 },
      })
    },
  )

  it('ten messages in any second are allowed', () => {
    const meter = new MessageMeter(10)
    const taken = Array.from({ length: 10 }, (_, index) => meter.take(index * 50))
    expect(taken).toEqual(Array.from({ length: 10 }, () => true))
    expect([meter.take(999), meter.take(1_000), meter.take(1_001), meter.take(1_050)]).toEqual([
      false,
      true,
      false,
      true,
    ])
  })

  it('without limits the messages are counted, and nobody is put out', async () => {
    await using simulator = await startBinanceSimulator({ ...market, hasLimits: false })
    await using client = await StreamClient.open(`${simulator.wsUrl}/market/ws`)
    for (let message = 0; message < 12; message += 1) await client.command('LIST_SUBSCRIPTIONS')
    expect(simulator.stream()).toMatchObject({ connections: 1, violations: { messages: 2 } })
  })

  it('1,024 streams are allowed, one more is error 4 and changes nothing', async () => {
    await using simulator = await startBinanceSimulator(market)
    await using client = await StreamClient.open(`${simulator.wsUrl}/market/ws`)
    const names = Array.from({ length: 1_024 }, (_, index) => `sim${index}usdt@kline_1m`)
    expect(await client.command('SUBSCRIBE', names)).toMatchObject({ result: null })
    expect(await client.command('SUBSCRIBE', ['sim5usdt@kline_1m'])).toMatchObject({ result: null })
    const reply = await client.command('SUBSCRIBE', ['btcusdt@kline_1m', 'sim5usdt@kline_1m'])
    expect(reply).toMatchObject({ error: { code: 4, msg: 'Too many subscriptions' } })
    expect(await client.command('LIST_SUBSCRIPTIONS')).toMatchObject({ result: names })
    expect(simulator.stream().violations).toMatchObject({ streams: 1, invalid: 0 })
  })

  it('more streams in the address are refused', async () => {
    await using simulator = await startBinanceSimulator({ ...market, stream: { maxStreams: 2 } })
    const open = (list: string) => StreamClient.open(`${simulator.wsUrl}/market/stream?streams=${list}`)
    await expect(open('a@kline_1m/b@kline_1m/c@kline_1m')).rejects.toThrow(/400/)
    await using client = await open('a@kline_1m/b@kline_1m/a@kline_1m')
    expect(await client.command('LIST_SUBSCRIPTIONS')).toMatchObject({ result: ['a@kline_1m', 'b@kline_1m'] })
    expect(simulator.stream().violations.streams).toBe(1)
  })

  it.each([
    [{}, 24 * HOUR],
    [{ maxAgeMs: HOUR }, HOUR],
  ] as const)('ends at its greatest age, %j', async (stream, age) => {
    await using simulator = await startBinanceSimulator({ ...market, stream })
    await using client = await StreamClient.open(`${simulator.wsUrl}/market/ws`)
    simulator.advance(age - 1)
    await client.command('LIST_SUBSCRIPTIONS')
    expect(simulator.stream().connections).toBe(1)
    simulator.advance(1)
    await client.closed
    expect(simulator.stream().disconnects).toEqual([{ at: NOW + age, reason: 'age' }])
    expect(simulator.stream().violations.age).toBe(1)
  })

  it('is pinged, and ends where no pong comes', async () => {
    const stream = { pingEveryMs: 60, pongWithinMs: 300 }
    await using simulator = await startBinanceSimulator({ ...market, stream })
    await using mute = await StreamClient.open(`${simulator.wsUrl}/market/ws`, { autoPong: false })
    await using polite = await StreamClient.open(`${simulator.wsUrl}/market/ws`)
    await once(polite.socket, 'ping')
    await mute.closed
    await once(polite.socket, 'ping')
    expect(simulator.stream()).toMatchObject({
      connections: 1,
      disconnects: [{ reason: 'pong' }],
      violations: { pong: 1, messages: 0 },
    })
  })
})

describe('the end', () => {
  it('of a client is counted', async () => {
    await using simulator = await startBinanceSimulator(market)
    const client = await StreamClient.open(`${simulator.wsUrl}/market/ws`)
    client.socket.close()
    await client.closed
    await expect.poll(() => simulator.stream().disconnects).toEqual([{ at: NOW, reason: 'client' }])
  })

  it('of the simulator closes all sockets at once', async () => {
    const simulator = await startBinanceSimulator(market)
    const clients = await Promise.all(
      Array.from({ length: 3 }, () => StreamClient.open(`${simulator.wsUrl}/market/ws`)),
    )
    // A client that does not even read must not hold it up.
    clients[0]?.socket.pause()
    await simulator.close()
    clients[0]?.socket.resume()
    await Promise.all(clients.map(({ closed }) => closed))
    expect(simulator.stream().connections).toBe(0)
    await expect(StreamClient.open(`${simulator.wsUrl}/market/ws`)).rejects.toThrow(/ECONNREFUSED/)
  })
})
