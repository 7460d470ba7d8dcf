import { describe, expect, it } from 'vitest'
import { FeedClient } from '../../src/lib/feed/feed-client.ts'
import { createTestFeed, FeedServer, Listener, until, type Visitor } from './feed-server.ts'

const HOUR = 3_600_000

async function startUp(options: Parameters<typeof Listener.start>[0] = {}): Promise<[Listener, Visitor]> {
  const listener = await Listener.start(options)
  listener.client.setSymbols(['BTCUSDT'])
  const visitor = await listener.bringUp(0)
  await listener.clock.advance(200)
  return [listener, visitor]
}

describe('a connection without data', () => {
  it('is lost after the time for it, although replies and pings come', async () => {
    const [started, visitor] = await startUp()
    await using listener = started
    const { clock } = listener
    visitor.send(77)
    await until(() => listener.eventTimes.includes(77))
    const since = clock.now()
    await clock.advance(14_000)
    visitor.socket.ping()
    visitor.sendText('{"result":null,"id":900}')
    visitor.sendText('nonsense')
    await until(() => listener.eventsOf('bad-frame').length === 1)
    await clock.advance(999)
    expect(listener.eventsOf('down')).toEqual([])
    await clock.advance(1)
    const [down] = await until(() => listener.eventsOf('down').length === 1 && listener.eventsOf('down'))
    expect(down).toEqual({
      type: 'down',
      connection: 1,
      way: 'direct',
      streams: [...visitor.streams],
      hasCommon: true,
      reason: 'no data for 15s although the connection is open',
      code: undefined,
      since,
      lastEventTime: 77,
      wasUp: true,
      isLoss: true,
    })
    await clock.advance(250)
    await listener.bringUp(1)
    expect(visitor.isGone).toBe(true)
    expect(listener.eventsOf('up')).toMatchObject([{ connection: 1 }, { connection: 2 }])
  })

  it('is never up by a confirmation alone', async () => {
    await using listener = await Listener.start({ stallMs: 5_000 })
    listener.client.setSymbols(['BTCUSDT'])
    const visitor = await listener.visitor(0)
    await until(() => visitor.said.length === 1)
    await listener.clock.advance(5_200)
    const [down] = await until(() => listener.eventsOf('down').length === 1 && listener.eventsOf('down'))
    expect(down).toMatchObject({
      reason: 'no data for 5s although the connection is open',
      wasUp: false,
      lastEventTime: undefined,
    })
    expect(listener.eventsOf('up')).toEqual([])
  })

  it('is not up by data alone: what was said must be confirmed in time', async () => {
    await using listener = await Listener.start({ stallMs: 5_000 })
    listener.server.reply = () => undefined
    listener.client.setSymbols(['BTCUSDT'])
    const visitor = await listener.visitor(0)
    await until(() => visitor.said.length === 1)
    await listener.clock.advance(4_000)
    visitor.send(1)
    await until(() => listener.messages.length === 1)
    await listener.clock.advance(1_000)
    const [down] = await until(() => listener.eventsOf('down').length === 1 && listener.eventsOf('down'))
    expect(down).toMatchObject({ reason: 'subscriptions were not confirmed within 5s', wasUp: false })
  })

  it('because nobody answers the handshake is lost in time', async () => {
    await using listener = await Listener.start({ handshakeTimeoutMs: 3_000 })
    let asked = false
    listener.server.hold = () => {
      asked = true
    }
    listener.client.setSymbols(['BTCUSDT'])
    await until(() => asked)
    expect(listener.client.connections).toMatchObject([{ connection: 1, way: 'direct', state: 'connecting' }])
    await listener.clock.advance(3_000)
    expect(listener.eventsOf('down')).toMatchObject([{ reason: 'no handshake within 3s', wasUp: false }])
    await until(() => listener.server.sockets === 0)
  })

  it('because nobody is there says so', async () => {
    const gone = await FeedServer.start()
    const feed = createTestFeed(gone.url)
    await gone[Symbol.asyncDispose]()
    await using listener = await Listener.start({ feed })
    listener.client.setSymbols(['BTCUSDT'])
    const down = await until(() => listener.eventsOf('down')[0])
    expect(down).toMatchObject({ reason: 'the connection was refused', code: undefined, wasUp: false })
  })
})

describe('a lost connection', () => {
  it.each([
    ['closed by the venue', (visitor: Visitor) => visitor.socket.close(1001, 'a day is over'), 1001],
    ['broken off', (visitor: Visitor) => visitor.socket.terminate(), 1006],
  ])('is opened again where it was %s', async (_, lose, code) => {
    const [started, visitor] = await startUp()
    await using listener = started
    await listener.clock.advance(1_000)
    lose(visitor)
    const down = await until(() => listener.eventsOf('down')[0])
    expect(down).toMatchObject({ code, wasUp: true, isLoss: true })
    expect(down.reason).toMatch(
      code === 1006 ? /^the connection broke off/ : /^closed by .* 1001: a day is over$/,
    )
    await listener.clock.advance(250)
    await listener.bringUp(1)
    expect([...(listener.server.visitors[1]?.streams ?? [])]).toEqual([...visitor.streams])
  })

  it('is tried for ever, at first at once, then after pauses that double up to half a minute', async () => {
    await using listener = await Listener.start()
    const { server, clock } = listener
    server.refusals.push(...Array.from({ length: 9 }, () => ({ status: 503 })))
    listener.client.setSymbols(['BTCUSDT'])
    const waits: number[] = []
    for (let attempt = 1; attempt <= 9; attempt += 1) {
      const retry = await until(() => listener.eventsOf('retry').find((one) => one.attempt === attempt))
      expect(retry.reason).toMatch(/refused the handshake with 503$/)
      waits.push(retry.waitMs)
      await clock.advance(retry.waitMs - 1)
      expect(listener.client.connections).toMatchObject([{ state: 'waiting', way: undefined }])
      await clock.advance(1)
      await until(() => server.handshakes === attempt + 1)
    }
    expect(waits).toEqual([125, 750, 1_500, 3_000, 6_000, 12_000, 22_500, 22_500, 22_500])
    await listener.bringUp(0)
    expect(listener.eventsOf('down').map(({ code, wasUp }) => [code, wasUp])).toEqual(
      Array.from({ length: 9 }, () => [503, false]),
    )
  })

  it('that was up only for a moment does not come back at once again and again', async () => {
    const [started, first] = await startUp()
    await using listener = started
    first.socket.terminate()
    await until(() => listener.eventsOf('retry').length === 1)
    await listener.clock.advance(250)
    const second = await listener.bringUp(1)
    second.socket.terminate()
    await until(() => listener.eventsOf('retry').length === 2)
    await listener.clock.advance(1_000)
    const third = await listener.bringUp(2)
    for (let second = 0; second < 31; second += 1) {
      third.send(100 + second)
      await until(() => listener.eventTimes.includes(100 + second))
      await listener.clock.advance(1_000)
    }
    third.socket.terminate()
    await until(() => listener.eventsOf('retry').length === 3)
    expect(listener.eventsOf('retry').map(({ attempt, waitMs }) => [attempt, waitMs])).toEqual([
      [1, 125],
      [2, 750],
      [1, 125],
    ])
  })

  it.each([
    [429, {}, 60_000],
    [418, { 'retry-after': '300' }, 300_000],
    [403, { 'retry-after': '5' }, 60_000],
    [503, { 'retry-after': '40' }, 40_000],
    [429, { 'retry-after': '9'.repeat(30) }, 3_600_000],
    [429, { 'retry-after': '-7' }, 60_000],
    [429, { date: 'Sat, 10 Oct 2026 10:00:00 GMT', 'retry-after': 'Sat, 10 Oct 2026 10:02:00 GMT' }, 120_000],
    [503, { 'retry-after': '9'.repeat(300) }, 3_600_000],
    [429, { 'retry-after': '99999999999' }, 3_600_000],
    [451, {}, 600_000],
  ])('waits as long as a refusal with %i and %o asks for', async (status, headers, waitMs) => {
    await using listener = await Listener.start()
    listener.server.refusals.push({ status, headers })
    listener.client.setSymbols(['BTCUSDT'])
    const retry = await until(() => listener.eventsOf('retry')[0])
    expect(retry).toMatchObject({ attempt: 1, waitMs, way: 'direct' })
    await listener.clock.advance(waitMs)
    await listener.bringUp(0)
  })
})

describe('a connection that grows old', () => {
  /** Every connection gets every number, from its subscription on, like an exchange that numbers what it sends. */
  function feedAll(listener: Listener, number: number): void {
    for (const visitor of listener.server.present) if (visitor.streams.size > 0) visitor.send(number)
  }

  it('is replaced without a gap, and the new one is told of before the old one', async () => {
    const [started, first] = await startUp({ renewAfterMs: 10_000, stallMs: HOUR })
    await using listener = started
    const { clock, server } = listener
    let number = 100
    const step = async (): Promise<void> => {
      number += 1
      feedAll(listener, number)
      await until(() => listener.eventTimes.includes(number))
      const isBusy = listener.client.connections.some(({ state }) => state === 'connecting')
      if (!isBusy) await clock.advance(100)
    }
    while (server.visitors.length < 2) await step()
    // A replacement that is not up keeps nobody from delivering.
    await step()
    while (listener.eventsOf('up').length < 2) await step()
    expect(first.isGone).toBe(false)
    expect(listener.client.connections).toMatchObject([
      { connection: 1, state: 'live' },
      { connection: 2, state: 'live' },
    ])
    while (listener.eventsOf('down').length < 1) await step()
    for (let more = 0; more < 5; more += 1) await step()
    await until(() => first.isGone)
    const seen = new Set(listener.eventTimes)
    const missing = Array.from({ length: number - 100 }, (_, at) => at + 101).filter((one) => !seen.has(one))
    expect(missing).toEqual([])
    expect(listener.events).toMatchObject([
      { type: 'up', connection: 1 },
      { type: 'up', connection: 2 },
      { type: 'down', connection: 1, reason: 'renewed', isLoss: false, wasUp: true },
    ])
    expect(server.visitors[1]?.streams).toEqual(first.streams)
  })

  it('stays while its replacement cannot be had, and one loss of it leaves the other', async () => {
    const [started, first] = await startUp({ renewAfterMs: 10_000, stallMs: HOUR })
    await using listener = started
    const { clock, server } = listener
    server.refusals.push({ status: 503 })
    await clock.advance(10_000)
    const retry = await until(() => listener.eventsOf('retry')[0])
    expect(retry).toMatchObject({ connection: 2, attempt: 1 })
    first.send(5)
    await until(() => listener.eventTimes.includes(5))
    expect(listener.eventsOf('down')).toMatchObject([{ connection: 2, wasUp: false, code: 503 }])
    await clock.advance(retry.waitMs)
    const next = await listener.visitor(1)
    await until(() => next.said.length === 1)
    first.socket.terminate()
    await until(() => listener.eventsOf('down').length === 2)
    await listener.bringUp(1)
    await clock.advance(5_000)
    expect(listener.eventsOf('retry')).toHaveLength(1)
    expect(server.handshakes).toBe(3)
  })

  it('is replaced an hour before the venue ends it', async () => {
    const [started] = await startUp({ stallMs: 30 * HOUR, random: () => 0 })
    await using listener = started
    await listener.clock.advance(23 * HOUR - 300)
    expect(listener.server.handshakes).toBe(1)
    await listener.clock.advance(300)
    await listener.visitor(1)
  })
})

describe('closing', () => {
  it('ends a handshake that nobody answers', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    await using server = await FeedServer.start()
    server.hold = () => resolve()
    const client = new FeedClient({
      feed: createTestFeed(server.url),
      ways: [{ name: 'direct' }],
      onMessage: () => {},
      onEvent: () => {},
    })
    client.setSymbols(['BTCUSDT'])
    await asked
    await client.close()
    await until(() => server.sockets === 0)
  })
})
