import { describe, expect, it } from 'vitest'
import type * as z from 'zod'
import * as fields from '../../src/lib/config/fields.ts'

const told = (schema: z.ZodType, value: unknown): unknown => {
  const { success, data, error } = schema.safeParse(value)
  return success ? data : error.issues[0]?.message
}
const DAY = 86_400_000
const SPELLINGS = ['BTC-USDT-SWAP', 'BTC-USD_UM-261030', 'kPEPE', 'xyz:NVDA', '@107', '币安人生USDT']
const POINT = 'a date (2026-02-01, 2026-02-01T13:00Z), how long ago (12h, 30d, 2w, 1y)'

describe('a value as a user writes it', () => {
  it.each([
    [fields.instant, '1y', { ago: 365 * DAY }],
    [fields.instant, '2w', { ago: 14 * DAY }],
    [fields.instant, 'listing', 'listing'],
    [fields.pointInTime, 'now', { ago: 0 }],
    [fields.duration, '2d', 2 * DAY],
    [fields.duration, '1w', 7 * DAY],
    [fields.wholeNumber(1, 256), '256', 256],
    [fields.symbols, SPELLINGS.join(), SPELLINGS],
  ])('is taken: %#', (schema, value, expected) => expect(told(schema, value)).toEqual(expected))

  it.each([
    [fields.instant, 'yesterday', `expected ${POINT} or listing, not "yesterday"`],
    [fields.instant, '2026-02-31', `expected ${POINT} or listing, not "2026-02-31"`],
    [fields.pointInTime, '1x', `expected ${POINT} or now, not "1x"`],
    [fields.duration, '25d', 'expected a duration such as 30s, 5m, 1h or 2d, at most 24d, not "25d"'],
    [fields.wholeNumber(1, 256), '0', 'expected a whole number from 1 to 256, not "0"'],
    [
      fields.wholeNumber(1, 256),
      'x'.repeat(99),
      `expected a whole number from 1 to 256, not "${'x'.repeat(40)}…"`,
    ],
    [fields.factor, 'fast\u001b[2J', 'expected how many times real time, for example 1 or 60, not "fast"'],
    [
      fields.partNames,
      'ohlc',
      'expected some of ohlcv, prices, oi-lsr, lq, rsi-tv, separated by commas, not "ohlc"',
    ],
    [fields.logLevel, 'loud', 'expected error, warn, info or debug, not "loud"'],
    [
      fields.symbols,
      'BTC USDT',
      'expected symbols separated by commas (BTCUSDT,ETHUSDT), or all, not "BTC USDT"',
    ],
  ])('is quoted where it is refused: %#', (schema, value, expected) =>
    expect(told(schema, value)).toBe(expected),
  )

  it('is not repeated where it may hold a password', () => {
    for (const schema of [fields.proxies, fields.databaseUrl, fields.venueUrl('https:', 'http:')])
      expect(told(schema, 'ftp://me:s3cret@host')).not.toContain('s3cret')
  })
})
