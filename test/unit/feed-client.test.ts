import { describe, expect, it } from 'vitest'
import { Listener, until } from './feed-server.ts'

const namesOf = (symbol: string): string[] => {
  const name = symbol.toLowerCase()
  return [`${name}@kline_1m`, `${name}@markPrice`]
}
const COMMON = ['!forceOrder@arr', '!contractInfo']
const many = (count: number): string[] => Array.from({ length: count }, (_, at) => `S${at}USDT`)

describe('a feed client', () => {
  it('subscribes in batches, no faster than half of what the venue allows', async () => {
    await using listener = await Listener.start()
    const { clock, client } = listener
    client.setSymbols(many(250))
    const visitor = await listener.visitor(0)
    for (const count of [1, 2, 3]) {
      await until(() => visitor.said.length === count && clock.waits > 1)
      await clock.advance(199)
      expect(visitor.said).toHaveLength(count)
      await clock.advance(1)
    }
    expect(visitor.said.map(({ method, params, id }) => [method, params.length, id])).toEqual([
      ['SUBSCRIBE', 200, 1],
      ['SUBSCRIBE', 200, 2],
      ['SUBSCRIBE', 102, 3],
    ])
    expect(visitor.said.flatMap(({ params }) => params)).toEqual([...COMMON, ...many(250).flatMap(namesOf)])
    expect(client.connections).toEqual([
      { connection: 1, way: 'direct', streams: 502, state: 'open', frames: 0, lastEventTime: undefined },
    ])
  })

  it('is up with the first data after the confirmation, and tells that before the data', async () => {
    const order: string[] = []
    await using listener = await Listener.start({
      onMessage: ({ kind }) => void order.push(kind),
      onEvent: ({ type }) => void order.push(type),
    })
    listener.server.reply = () => undefined
    listener.client.setSymbols(['BTCUSDT'])
    const visitor = await listener.visitor(0)
    const [said] = await until(() => visitor.said.length > 0 && visitor.said)
    visitor.send(1)
    await until(() => order.length === 1)
    visitor.sendText(`{"result":null,"id":${said?.id}}`)
    visitor.send(2)
    visitor.send(3)
    await until(() => order.length === 4)
    expect(order).toEqual(['funding', 'up', 'funding', 'funding'])
  })

  it('hands over each frame with the local time, and counts it', async () => {
    await using listener = await Listener.start()
    const { client, clock } = listener
    client.setSymbols(['BTCUSDT'])
    const visitor = await listener.visitor(0)
    await clock.advance(200)
    await until(() => visitor.said.length === 1)
    visitor.send(70)
    const [first] = await until(() => listener.messages.length === 1 && listener.messages)
    const message = { kind: 'funding', symbol: 'BTCUSDT', eventTime: 70, nextFundingTime: 9_999 }
    expect(first).toEqual({ message, receivedAt: clock.now() })
    expect(client.connections).toMatchObject([{ frames: 1, lastEventTime: 70 }])
  })

  it('spreads what one connection cannot carry, with the common streams on the first', async () => {
    await using listener = await Listener.start()
    listener.client.setSymbols(many(600))
    const saidMost = (): number => Math.max(...listener.server.visitors.map(({ said }) => said.length))
    await until(() => listener.server.visitors.filter(({ said }) => said.length > 0).length === 2)
    for (let count = 2; count <= 6; count += 1) {
      await listener.clock.advance(200)
      await until(() => saidMost() === count)
    }
    const [first, second] = listener.server.visitors.toSorted((a, b) => b.streams.size - a.streams.size)
    expect([first?.streams.size, second?.streams.size]).toEqual([1_024, 178])
    expect(first?.streams).toContain('!forceOrder@arr')
    expect(second?.streams).not.toContain('!forceOrder@arr')
    expect(new Set([...(first?.streams ?? []), ...(second?.streams ?? [])])).toEqual(
      new Set([...COMMON, ...many(600).flatMap(namesOf)]),
    )
  })

  it('says only the difference when the symbols change, and what ends before what begins', async () => {
    await using listener = await Listener.start()
    listener.client.setSymbols(['BTCUSDT', 'ETHUSDT'])
    const visitor = await listener.bringUp(0)
    await listener.clock.advance(200)
    listener.client.setSymbols(['ETHUSDT', 'SOLUSDT'])
    await until(() => visitor.said.length === 2)
    await listener.clock.advance(200)
    await until(() => visitor.said.length === 3)
    await listener.clock.advance(200)
    expect(visitor.said.slice(1)).toEqual([
      { method: 'UNSUBSCRIBE', params: namesOf('BTCUSDT'), id: 2 },
      { method: 'SUBSCRIBE', params: namesOf('SOLUSDT'), id: 3 },
    ])
    listener.client.setSymbols(['SOLUSDT', 'ETHUSDT'])
    await listener.clock.advance(1_000)
    const changed = await until(() => listener.eventsOf('changed').at(-1))
    const streams = [...COMMON, ...namesOf('ETHUSDT'), ...namesOf('SOLUSDT')]
    expect(changed).toEqual({ type: 'changed', connection: 1, way: 'direct', streams, hasCommon: true })
    expect(visitor.said).toHaveLength(3)
    expect(listener.server.visitors).toHaveLength(1)
  })

  it('opens a connection for what does not fit any more and ends one that has nothing left', async () => {
    await using listener = await Listener.start({}, { maxStreams: 6 })
    listener.client.setSymbols(['A', 'B', 'C'])
    await until(() => listener.server.present.length === 2)
    await until(() => listener.server.present.every(({ said }) => said.length === 1))
    listener.client.setSymbols(['A', 'B'])
    await until(() => listener.server.present.length === 1)
    expect(listener.server.present[0]?.streams).toEqual(
      new Set([...COMMON, ...namesOf('A'), ...namesOf('B')]),
    )
    expect(listener.events).toMatchObject([
      { type: 'down', connection: 2, reason: 'not needed any more', isLoss: false, wasUp: false },
    ])
    listener.client.setSymbols([])
    await until(() => listener.server.present.length === 0)
    expect(listener.client.connections).toEqual([])
  })

  it('renews the streams of one symbol', async () => {
    await using listener = await Listener.start()
    listener.client.setSymbols(['BTCUSDT', 'ETHUSDT'])
    const visitor = await listener.visitor(0)
    await until(() => visitor.said.length === 1)
    expect(listener.client.renew('ETHUSDT')).toBe(true)
    expect(listener.client.renew('XUSDT')).toBe(false)
    await listener.clock.advance(200)
    await listener.clock.advance(200)
    await until(() => visitor.said.length === 3)
    expect(visitor.said.slice(1)).toEqual([
      { method: 'UNSUBSCRIBE', params: namesOf('ETHUSDT'), id: 2 },
      { method: 'SUBSCRIBE', params: namesOf('ETHUSDT'), id: 3 },
    ])
  })

  it('finds by halving which stream the venue refuses, tells it, and does not count it as carried', async () => {
    await using listener = await Listener.start({}, { subscribeBatch: 2 })
    const [kept = '', refused = ''] = namesOf('BTCUSDT')
    listener.server.reply = ({ id, params }) =>
      params.includes(refused)
        ? `{"error":{"code":2,"msg":"Invalid request"},"id":${id}}`
        : `{"result":null,"id":${id}}`
    listener.client.setSymbols(['BTCUSDT'])
    const visitor = await listener.visitor(0)
    for (let said = 1; said <= 4; said += 1) {
      await until(() => visitor.said.length === said)
      if (said === 2) await until(() => listener.eventsOf('refused').length === 1)
      await listener.clock.advance(200)
    }
    await until(() => listener.eventsOf('refused').length === 2)
    await listener.bringUp(0)
    expect(visitor.said.map(({ params }) => params)).toEqual([COMMON, [kept, refused], [kept], [refused]])
    const error = 'Invalid request (2)'
    expect(listener.events).toMatchObject([
      { type: 'refused', connection: 1, id: 2, streams: [kept, refused], error },
      { type: 'refused', connection: 1, id: 4, streams: [refused], error },
      { type: 'up', connection: 1, way: 'direct', streams: [...COMMON, kept], hasCommon: true },
    ])
  })

  it('does not count as seen what tells of all symbols where the venue refuses it', async () => {
    await using listener = await Listener.start()
    const [common = ''] = COMMON
    listener.server.reply = ({ id, params }) =>
      params.includes(common)
        ? '{"error":{"code":2,"msg":"Invalid request"},"id":null}'
        : `{"result":null,"id":${id}}`
    listener.client.setSymbols(['BTCUSDT'])
    const visitor = await listener.visitor(0)
    for (let said = 1; listener.eventsOf('refused').at(-1)?.streams.length !== 1; said += 1) {
      await until(() => visitor.said.length >= said)
      await until(() => listener.eventsOf('refused').length >= 1)
      await listener.clock.advance(200)
    }
    await until(async () => {
      await listener.clock.advance(200)
      return (
        visitor.said.flatMap(({ params }) => params).filter((name) => name === namesOf('BTCUSDT')[1])
          .length >= 2
      )
    })
    await listener.bringUp(0)
    expect(listener.eventsOf('up')[0]).toMatchObject({ hasCommon: false })
  })

  it('tells of the first frame that it cannot read at once, and of others every ten seconds', async () => {
    await using listener = await Listener.start()
    listener.client.setSymbols(['BTCUSDT'])
    const visitor = await listener.bringUp(0)
    for (const text of ['<html>', '{"one":1}', '[]']) visitor.sendText(text)
    visitor.send(2)
    await until(() => listener.eventTimes.includes(2))
    const told = listener.eventsOf('bad-frame')
    expect(told).toEqual([{ type: 'bad-frame', sample: '<html>', reason: 'frame: is not JSON', count: 1 }])
    await listener.clock.advance(9_999)
    expect(listener.eventsOf('bad-frame')).toHaveLength(1)
    await listener.clock.advance(1)
    expect(listener.eventsOf('bad-frame')[1]).toMatchObject({ sample: '[]', count: 2 })
  })

  it('leaves nothing behind: no connection, no timer, no event', async () => {
    await using listener = await Listener.start({}, { maxStreams: 6 })
    const { client, clock, server } = listener
    client.setSymbols(['A', 'B', 'C'])
    await listener.bringUp(0)
    await until(() => server.visitors.length === 2)
    server.visitors[0]?.sendText('nonsense')
    const told = (await until(() => listener.eventsOf('bad-frame').length === 1 && listener.events)).length
    expect(clock.waits).toBeGreaterThan(0)
    await client.close()
    await until(() => server.present.length === 0)
    expect(clock.waits).toBe(0)
    expect(listener.events).toHaveLength(told)
    expect(client.connections).toEqual([])
    client.setSymbols(['A'])
    expect(client.connections).toEqual([])
  })
})
