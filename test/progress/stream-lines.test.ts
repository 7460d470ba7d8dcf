import { describe, expect, it } from 'vitest'
import { type StreamView, streamLines } from '../../src/lib/progress/stream-lines.ts'
import type { SymbolState } from '../../src/lib/stream/figures.ts'
import { displayWidth } from '../../src/lib/text/width.ts'
import { FIGURES } from './events.ts'

const MINUTE = 60_000
/** 2026-02-01 13:52:00 UTC. */
const MINUTE_START = Date.UTC(2026, 1, 1, 13, 52)
const NOW = MINUTE_START + 12_000

const symbol = (name: string, price: string | undefined, minutesBehind = 0): SymbolState => ({
  symbol: name,
  price,
  doneUntil: MINUTE_START - minutesBehind * MINUTE,
})

const VIEW: StreamView = {
  figures: {
    ...FIGURES,
    symbols: 4,
    connections: 2,
    live: 1,
    lagP50: 120,
    lagP99: 490,
    disconnects: 1,
    spooled: 12,
    missingMinutes: 8,
    repairing: 2,
    lastDisconnect: { from: MINUTE_START - 5_000, seconds: 12.34, reason: 'the server\nhas closed it' },
  },
  symbols: [
    symbol('BTCUSDT', '92629.30'),
    symbol('ETHUSDT', '2679.67', 1),
    symbol('1000PEPEUSDT', '0.0042'),
    symbol('SOLUSDT', undefined, 7),
  ],
  now: NOW,
  rows: 12_345,
  beat: 'OHLCV: 4| LQ: 0| TV: 4',
}

const texts = (view: StreamView, width: number, height: number): string[] =>
  streamLines(view, { width, height }).map(({ text }) => text)

describe('the screen of a stream', () => {
  it('shows how it is doing, and its symbols, the late ones first', () => {
    expect(texts(VIEW, 76, 20)).toEqual([
      '! connections  1 of 2 live',
      '  disconnects  1, last 13:51:55 UTC for 12.3 s: the server has closed it',
      '  rows         12,345 written, 120 ms after the event (99 %: 490 ms)',
      '! spool        12 batches on the disk',
      '! repairs      2 symbols, 8 minutes missing',
      '  heartbeat    OHLCV: 4| LQ: 0| TV: 4',
      '  symbol           price  last minute  behind',
      '✖ SOLUSDT                       13:44  7m 12s',
      '! ETHUSDT        2679.67        13:50  1m 12s',
      '  BTCUSDT       92629.30        13:51     12s',
      '  1000PEPEUSDT    0.0042        13:51     12s',
    ])
    expect(texts(VIEW, 116, 20)).toEqual(texts(VIEW, 76, 20))
  })

  it('cuts what a narrow screen has no room for', () => {
    expect(texts(VIEW, 47, 9)).toEqual([
      '! connections  1 of 2 live',
      '  disconnects  1, last 13:51:55 UTC for 12.3 s…',
      '  rows         12,345 written, 120 ms after th…',
      '! spool        12 batches on the disk',
      '! repairs      2 symbols, 8 minutes missing',
      '  heartbeat    OHLCV: 4| LQ: 0| TV: 4',
      '  symbol   price  last minute  behind',
      '✖ SOLUSDT               13:44  7m 12s',
      '! 3 more symbols, 1 of them late',
    ])
  })

  it('has no other colour than its marks tell', () => {
    const tones = streamLines(VIEW, { width: 116, height: 20 }).map(
      ({ tone, text }) => `${tone} ${text.slice(0, 9)}`,
    )
    expect(tones).toEqual([
      'partial ! connect',
      'plain   disconn',
      'plain   rows   ',
      'partial ! spool  ',
      'partial ! repairs',
      'plain   heartbe',
      'plain   symbol ',
      'failed ✖ SOLUSDT',
      'partial ! ETHUSDT',
      'plain   BTCUSDT',
      'plain   1000PEP',
    ])
  })

  it('is calm with 700 symbols: only those that are late move, and the rest is counted', () => {
    const states = Array.from({ length: 700 }, (_, at) => symbol(`S${at}USDT`, `${at}.5`))
    const quiet = { ...VIEW, symbols: states }
    const lines = texts(quiet, 76, 16)
    expect(lines).toHaveLength(16)
    expect(lines.at(-1)).toBe('  692 more symbols, none of them late')
    // The minute has ended, and half of the candles have come.
    const half = states.map((state, at) =>
      at % 2 === 0 ? { ...state, doneUntil: MINUTE_START + MINUTE } : state,
    )
    const order = (view: StreamView) =>
      texts(view, 76, 16)
        .slice(7)
        .map((line) => line.split(' ')[2])
    expect(order({ ...quiet, symbols: half, now: MINUTE_START + MINUTE + 5_000 })).toEqual(order(quiet))
    // Ten seconds later those that have not come are late.
    const late = { ...quiet, symbols: half, now: MINUTE_START + MINUTE + 10_000 }
    expect(texts(late, 76, 16).slice(7)).toEqual([
      '! S1USDT     1.5        13:51  1m 10s',
      '! S3USDT     3.5        13:51  1m 10s',
      '! S5USDT     5.5        13:51  1m 10s',
      '! S7USDT     7.5        13:51  1m 10s',
      '! S9USDT     9.5        13:51  1m 10s',
      '! S11USDT   11.5        13:51  1m 10s',
      '! S13USDT   13.5        13:51  1m 10s',
      '! S15USDT   15.5        13:51  1m 10s',
      '! 692 more symbols, 342 of them late',
    ])
  })

  it('fits any screen', () => {
    for (const width of [1, 10, 47, 76, 116]) {
      for (const height of [0, 1, 5, 7, 8, 9, 30]) {
        const lines = texts(VIEW, width, height)
        expect(lines.length).toBeLessThanOrEqual(height)
        for (const text of lines) expect(displayWidth(text)).toBeLessThanOrEqual(width)
      }
    }
  })
})
