import { expect, it, onTestFinished } from 'vitest'
import type { FeedEvent } from '../../src/lib/feed/events.ts'
import { FeedClients } from '../../src/lib/feed/feed-clients.ts'
import { Subscriptions } from '../../src/lib/feed/subscriptions.ts'
import { SECOND } from '../../src/lib/model/window.ts'
import type { Feed, FeedMessage } from '../../src/lib/venue/feed.ts'
import { FeedServer, ManualClock, until, type Visitor } from './feed-server.ts'

const MINUTE_OF = Date.UTC(2026, 1, 1)

interface Frame {
  readonly event?: string
  readonly arg: { readonly channel: string; readonly instId?: string }
  readonly msg?: string
  readonly data: readonly Readonly<Record<string, string>>[]
}

/**
 * Another shape than Binance's: each stream is confirmed by itself and without an id, a frame holds several messages, a
 * candle does not say when it was sent, and a text keeps the connection.
 */
function createFeed(url: string, channel: string, common: readonly string[] = []): Feed {
  const say = (op: string, streams: readonly string[]): string =>
    JSON.stringify({ op, params: streams, id: 0 })
  return {
    host: url,
    url,
    maxStreams: 100,
    messagesPerSecond: 10,
    subscribeBatch: 10,
    maxAgeMs: Number.POSITIVE_INFINITY,
    keepAlive: { everyMs: 20 * SECOND, text: 'ping' },
    commonStreams: common,
    probeSymbol: 'BTC-USDT-SWAP',
    streamsOf: (symbol) => [`${channel} ${symbol}`],
    subscribe: (streams) => say('subscribe', streams),
    unsubscribe: (streams) => say('unsubscribe', streams),
    parse(frame) {
      if (frame.toString() === 'pong') return { kind: 'pong' }
      const { event, arg, msg, data }: Frame = JSON.parse(frame.toString())
      const stream = [arg.channel, ...(arg.instId ? [arg.instId] : [])].join(' ')
      if (event) return { kind: 'reply', id: null, stream, error: msg }
      return data.map((one): FeedMessage => {
        const symbol = one.instId ?? arg.instId ?? ''
        if (arg.channel === 'funding')
          return { kind: 'funding', symbol, eventTime: Number(one.ts), nextFundingTime: MINUTE_OF }
        const openTime = Number(one.ts)
        return { kind: 'candle', symbol, eventTime: undefined, openTime, candle: undefined, price: one.c }
      })
    },
  }
}

const confirm = (visitor: Visitor, stream: string, msg?: string): void => {
  const [channel, instId] = stream.split(' ')
  visitor.sendText(JSON.stringify({ event: msg ? 'error' : 'subscribe', arg: { channel, instId }, msg }))
}

async function open() {
  const clock = new ManualClock()
  const events: FeedEvent[] = []
  const messages: FeedMessage[] = []
  const servers = [await FeedServer.start(), await FeedServer.start()] as const
  for (const server of servers) server.reply = () => undefined
  const [business, open] = servers
  const clients = new FeedClients({
    feeds: [createFeed(business.url, 'candle1m'), createFeed(open.url, 'funding', ['liquidations'])],
    ways: [{ name: 'direct' }],
    clock,
    random: () => 0.5,
    stallMs: 60 * SECOND,
    onMessage: (message) => void messages.push(message),
    onEvent: (event) => void events.push(event),
  })
  onTestFinished(async () => {
    await clients.close()
    for (const server of servers) await server[Symbol.asyncDispose]()
  })
  clients.setSymbols(['BTC-USDT-SWAP', 'xyz:NVDA'])
  const visitors = await Promise.all(servers.map((server) => until(() => server.visitors[0])))
  await Promise.all(visitors.map((visitor) => until(() => visitor.said.length > 0)))
  const [first, second] = visitors
  if (!first || !second) throw new Error('both are there')
  return { clients, clock, events, messages, first, second }
}

const candles = (...closes: readonly string[]): string =>
  JSON.stringify({
    arg: { channel: 'candle1m', instId: 'BTC-USDT-SWAP' },
    data: closes.map((c) => ({ ts: String(MINUTE_OF), c })),
  })

it('two feeds are one: each is up when each of its streams is confirmed and data have come', async () => {
  const { clients, events, messages, first, second } = await open()
  expect([first, second].map(({ said }) => said.flatMap(({ params }) => params))).toEqual([
    ['candle1m BTC-USDT-SWAP', 'candle1m xyz:NVDA'],
    ['liquidations', 'funding BTC-USDT-SWAP', 'funding xyz:NVDA'],
  ])
  confirm(first, 'candle1m xyz:NVDA')
  first.sendText(candles('1', '2'))
  await until(() => messages.length === 2)
  expect(events).toEqual([])
  confirm(first, 'candle1m BTC-USDT-SWAP')
  first.sendText(candles('3'))
  await until(() => messages.length === 3)
  expect(messages.map((message) => message.kind === 'candle' && message.price)).toEqual(['1', '2', '3'])
  for (const stream of ['liquidations', 'funding BTC-USDT-SWAP', 'funding xyz:NVDA']) confirm(second, stream)
  const data = [{ ts: String(MINUTE_OF), instId: 'xyz:NVDA' }]
  second.sendText(JSON.stringify({ arg: { channel: 'funding' }, data }))
  await until(() => messages.length === 4)
  // Liquidations are heard of where the streams for all symbols are, and nowhere else.
  expect(events).toMatchObject([
    { type: 'up', hasCommon: false, eventTime: undefined },
    { type: 'up', hasCommon: true, eventTime: MINUTE_OF },
  ])
  const numbers = clients.connections.map(({ connection }) => connection)
  expect(numbers.toSorted()).toEqual([1, 2])
  expect(clients.connections.map(({ state }) => state)).toEqual(['live', 'live'])
})

it('a stream that is refused by its name costs that stream alone', async () => {
  const { events, first } = await open()
  confirm(first, 'candle1m xyz:NVDA', 'does not exist')
  confirm(first, 'candle1m BTC-USDT-SWAP')
  first.sendText(candles('1'))
  await until(() => events.length === 2)
  expect(events).toMatchObject([
    { type: 'refused', streams: ['candle1m xyz:NVDA'], error: 'does not exist' },
    { type: 'up', streams: ['candle1m BTC-USDT-SWAP'] },
  ])
})

it('a text keeps the connection, and its answer is no data', async () => {
  const { clients, clock, events, messages, first } = await open()
  await clock.advance(20 * SECOND)
  await until(() => first.words.length === 1)
  expect(first.words).toEqual(['ping'])
  first.sendText('pong')
  confirm(first, 'candle1m xyz:NVDA', 'does not exist')
  await until(() => events.length === 1)
  expect([messages, clients.connections[0]?.frames]).toEqual([[], 0])
  await clock.advance(40 * SECOND)
  await until(() => events.some(({ type }) => type === 'down'))
})

it('a message counts as answered with the last of its streams, whatever came in between', () => {
  const subscriptions = new Subscriptions(10, ['a', 'b'])
  expect(subscriptions.next(1)).toEqual({ isSubscription: true, streams: ['a', 'b'] })
  subscriptions.renew(['a'])
  expect(subscriptions.next(2)).toEqual({ isSubscription: false, streams: ['a'] })
  expect(subscriptions.next(3)).toEqual({ isSubscription: true, streams: ['a'] })
  expect(subscriptions.next(4)).toBeUndefined()
  // The first answer for `a` is to the first message about it.
  expect(['a', 'b', 'a'].map((stream) => subscriptions.settleStream(stream, false)?.isSubscription)).toEqual([
    true,
    true,
    false,
  ])
  expect(subscriptions.isSettled).toBe(false)
  subscriptions.settleStream('a', false)
  expect(subscriptions.isSettled).toBe(true)
  expect(subscriptions.settleStream('a', false)).toBeUndefined()
})
