import { PayloadError } from '../../../lib/errors.ts'
import { toNumber } from '../../../lib/model/decimal.ts'
import type { Decimal } from '../../../lib/model/market.ts'
import { DAY, MINUTE } from '../../../lib/model/window.ts'
import { readName, readTime, toDecimal } from '../../../lib/venue/read-payload.ts'

const COIN_MARGINED = 2

/**
 * Common streams tell of coin-margined contracts too since 2026-06-30: `st` is 2 there, 1 here. Where it is missing, as
 * in older frames, the name decides: `BTCUSD_PERP`, `BTCUSD_260626`, while `BTCUSDT_260626` is settled in USDT.
 */
export function isCoinMargined(symbol: string, settlement: unknown): boolean {
  return settlement === undefined ? /USD_/.test(symbol) : settlement === COIN_MARGINED
}

export const readText = readName

const PRICE = /^\d{1,15}(?:\.\d{1,15})?$/

/** A price to be looked at and not to be stored; undefined where it is none. */
export const readPrice = (value: unknown): string | undefined =>
  typeof value === 'string' && PRICE.test(value) ? value : undefined

/** A decimal as sent, above 0 where `isPositive`, else not below. */
export function readDecimal(value: unknown, path: string, isPositive: boolean): Decimal {
  const text = toDecimal(value)
  const number = text === undefined ? Number.NaN : toNumber(text)
  if (text !== undefined && (isPositive ? number > 0 : number >= 0)) return text
  const expected = isPositive ? 'expected a decimal above 0' : 'expected a decimal, 0 or more'
  throw new PayloadError(path, expected, value)
}

/** The clocks of one venue differ by no more. */
const SKEW = MINUTE

/** When something happened of which a frame tells: at most a day before the frame. */
export function readPastTime(value: unknown, eventTime: number, path: string): number {
  const time = readTime(value, path)
  if (time <= eventTime + SKEW && time > eventTime - DAY) return time
  throw new PayloadError(path, 'is not of the day before its frame', value)
}
