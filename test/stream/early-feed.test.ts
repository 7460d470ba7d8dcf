import { describe, expect, it } from 'vitest'
import type { FeedEvent, OnFeedEvent, OnFeedMessage } from '../../src/lib/feed/events.ts'
import { EarlyFeed } from '../../src/lib/stream/early-feed.ts'
import type { FeedMessage } from '../../src/lib/venue/feed.ts'

const listing = (eventTime: number): FeedMessage => ({ kind: 'listing', symbol: 'BTCUSDT', eventTime })
const passing = (eventTime: number): FeedMessage => ({
  kind: 'candle',
  symbol: 'BTCUSDT',
  eventTime,
  openTime: 0,
  candle: undefined,
  price: undefined,
})
const retry: FeedEvent = { type: 'retry', connection: 1, way: 'direct', attempt: 1, waitMs: 0, reason: 'x' }

function open() {
  const told: unknown[] = []
  let say: OnFeedMessage = () => {}
  let note: OnFeedEvent = () => {}
  const feed = {
    connections: [],
    setSymbols: (symbols: readonly string[]) => void told.push(symbols),
    renew: () => {},
    close: async () => void told.push('closed'),
  }
  const early = new EarlyFeed(
    (onMessage, onEvent) => {
      say = onMessage
      note = onEvent
      return feed
    },
    ['BTCUSDT'],
  )
  const adopt = () =>
    early.adopt(
      (message, receivedAt) =>
        void told.push([message.kind, 'eventTime' in message && message.eventTime, receivedAt]),
      (event) => void told.push(event.type),
    )
  return {
    early,
    feed,
    told,
    adopt,
    say: (message: FeedMessage, at: number): void => say(message, at),
    note: (): void => note(retry),
  }
}

describe('a feed that is heard before anybody can use it', () => {
  it('is told of in its order when somebody can, and goes on there', () => {
    const { early, feed, told, adopt, say, note } = open()
    say(passing(10), 1)
    say(listing(11), 2)
    note()
    say(listing(12), 3)
    expect(told).toEqual([['BTCUSDT']])
    expect(early.since).toBe(10)
    expect(adopt()).toBe(feed)
    say(passing(13), 4)
    note()
    expect(told.slice(1)).toEqual([
      ['listing', 11, 2],
      'retry',
      ['listing', 12, 3],
      ['candle', 13, 4],
      'retry',
    ])
  })

  it('keeps no more than there is room for, and knows from when on that is', () => {
    const { early, told, adopt, say, note } = open()
    note()
    for (let at = 1; at <= 50_001; at += 1) say(listing(at), at)
    expect(early.since).toBe(50_000)
    adopt()
    expect(told.slice(1)).toEqual(['retry', ['listing', 50_000, 50_000], ['listing', 50_001, 50_001]])
  })

  it('is ended by whoever has it', async () => {
    const alone = open()
    await alone.early[Symbol.asyncDispose]()
    expect(alone.told).toEqual([['BTCUSDT'], 'closed'])
    const other = open()
    other.adopt()
    await other.early[Symbol.asyncDispose]()
    expect(other.told).toEqual([['BTCUSDT']])
  })
})
