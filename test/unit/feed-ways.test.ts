import { describe, expect, it } from 'vitest'
import { type FeedWay, openFeedWays } from '../../src/lib/feed/open-feed-ways.ts'
import { WayBook } from '../../src/lib/feed/way-book.ts'
import { startMuteServer, startProxy, startSocksProxy } from '../helpers/proxies.ts'
import { Listener, ManualClock, until } from './feed-server.ts'

const PASSWORD = 'proxy-s3cret'
const LOGIN = `user:${PASSWORD}@`

interface TestProxy extends AsyncDisposable {
  /** Without protocol and credentials. */
  readonly host: string
}

/** As `startProxy`, by its host. */
async function startHttpProxy(localAddress: string, password?: string): Promise<TestProxy> {
  const proxy = await startProxy(localAddress, password)
  return { host: new URL(proxy.url).host, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() }
}

async function startSocks(localAddress: string, password: string): Promise<TestProxy> {
  const proxy = await startSocksProxy({ localAddress, password })
  return { host: `127.0.0.1:${proxy.port}`, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() }
}

const waysOf = (...proxies: string[]): FeedWay[] => openFeedWays({ proxies, usesDirect: false })

describe('the ways of a feed', () => {
  it('are named like lanes, each proxy once', () => {
    const proxies = [`http://${LOGIN}a:1`, 'socks5://b:2', `http://${LOGIN}a:1`]
    const namesOf = (ways: readonly FeedWay[]): string[] => ways.map(({ name }) => name)
    expect(namesOf(openFeedWays({ proxies, usesDirect: true }))).toEqual(['direct', 'proxy-1', 'proxy-2'])
    expect(namesOf(openFeedWays({ proxies, usesDirect: false }))).toEqual(['proxy-1', 'proxy-2'])
    expect(namesOf(openFeedWays({ proxies: ['direct'], usesDirect: false }))).toEqual(['direct'])
  })

  it.each([
    ['an HTTP proxy', 'http', startHttpProxy],
    ['a SOCKS proxy', 'socks5', startSocks],
  ])('lead through %s with a password, from its address', async (_, protocol, start) => {
    await using proxy = await start('127.0.0.5', PASSWORD)
    await using listener = await Listener.start({ ways: waysOf(`${protocol}://${LOGIN}${proxy.host}`) })
    listener.client.setSymbols(['BTCUSDT'])
    const visitor = await listener.bringUp(0)
    expect(visitor.address).toBe('127.0.0.5')
    expect(listener.eventsOf('up')).toMatchObject([{ way: 'proxy-1' }])
  })

  it.each([
    ['an HTTP proxy', 'http', startHttpProxy, 'the proxy answered 407'],
    ['a SOCKS proxy', 'socks5', startSocks, 'the proxy refused the user or the password'],
  ])('through %s that refuses the password are told without it', async (_, protocol, start, reason) => {
    await using proxy = await start('127.0.0.5', 'another')
    await using listener = await Listener.start({ ways: waysOf(`${protocol}://${LOGIN}${proxy.host}`) })
    listener.client.setSymbols(['BTCUSDT'])
    const down = await until(() => listener.eventsOf('down')[0])
    expect(down).toMatchObject({ reason, code: undefined, way: 'proxy-1' })
    await until(() => listener.eventsOf('retry')[0])
    // The venue has refused nothing: there is no long silence.
    expect(listener.eventsOf('retry')).toMatchObject([{ waitMs: 125 }])
    expect(JSON.stringify(listener.events)).not.toMatch(/s3cret|user:/)
    expect(listener.server.handshakes).toBe(0)
  })

  it('take turns: past a dead proxy to one that works', async () => {
    const dead = await startHttpProxy('127.0.0.6')
    await dead[Symbol.asyncDispose]()
    await using good = await startHttpProxy('127.0.0.7')
    await using listener = await Listener.start({
      ways: waysOf(`http://${dead.host}`, `http://${good.host}`),
    })
    listener.client.setSymbols(['BTCUSDT'])
    const down = await until(() => listener.eventsOf('down')[0])
    expect(down.reason).toBe('the proxy cannot be used: the connection was refused')
    const retry = await until(() => listener.eventsOf('retry')[0])
    expect(retry.way).toBe('proxy-2')
    await listener.clock.advance(retry.waitMs)
    expect((await listener.bringUp(0)).address).toBe('127.0.0.7')
  })

  it('are left at once where the proxy is mute', async () => {
    await using mute = await startMuteServer()
    await using listener = await Listener.start({ ways: waysOf(`http://127.0.0.1:${mute.port}`) })
    listener.client.setSymbols(['BTCUSDT'])
    await until(() => mute.sockets.size === 1)
    await listener.client.close()
    await until(() => mute.sockets.size === 0)
  })
})

describe('the book of ways', () => {
  const [a, b, c]: [FeedWay, FeedWay, FeedWay] = [{ name: 'a' }, { name: 'b' }, { name: 'c' }]
  const chosen = (book: WayBook, times: number): string[] =>
    Array.from({ length: times }, () => book.choose().way.name)

  it('goes round', () => {
    expect(chosen(new WayBook([a, b, c], new ManualClock()), 4)).toEqual(['a', 'b', 'c', 'a'])
  })

  it('prefers what works, and comes back to what has failed when all have', () => {
    const book = new WayBook([a, b], new ManualClock())
    book.noteLoss(a, { reason: 'x' })
    expect(chosen(book, 2)).toEqual(['b', 'b'])
    book.noteLoss(b, { reason: 'x' })
    book.noteLoss(b, { reason: 'x' })
    expect(chosen(book, 1)).toEqual(['a'])
    book.noteUp(b)
    expect(chosen(book, 1)).toEqual(['b'])
  })

  it('leaves a way alone that is to be silent, and waits for the first of several', async () => {
    const clock = new ManualClock()
    const book = new WayBook([a, b], clock)
    book.noteLoss(a, { reason: 'x', pauseMs: 60_000 })
    expect(book.choose()).toEqual({ way: b, waitMs: 0 })
    book.noteLoss(b, { reason: 'x', pauseMs: 90_000 })
    await clock.advance(10_000)
    expect(book.choose()).toEqual({ way: a, waitMs: 50_000 })
    expect(book.waitFor(b)).toBe(80_000)
  })

  it('never takes a way that is blocked while there is another, and rarely where there is none', () => {
    const book = new WayBook([a, b], new ManualClock())
    book.noteLoss(a, { reason: 'x', isBlocked: true })
    for (let loss = 0; loss < 5; loss += 1) book.noteLoss(b, { reason: 'x', pauseMs: 3_600_000 })
    expect(book.choose()).toEqual({ way: b, waitMs: 3_600_000 })
    book.noteLoss(b, { reason: 'x', isBlocked: true })
    expect(book.choose()).toEqual({ way: a, waitMs: 600_000 })
  })
})
