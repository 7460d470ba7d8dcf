import { PayloadError } from '../../../lib/errors.ts'
import { toNumber } from '../../../lib/model/decimal.ts'
import type { Decimal } from '../../../lib/model/market.ts'

const COIN_MARGINED = 2

/**
 * Common streams tell of coin-margined contracts too since 2026-06-30: `st` is 2 there, 1 here. Where it is missing, as
 * in older frames, the name decides: `BTCUSD_PERP`, `BTCUSD_260626`, while `BTCUSDT_260626` is settled in USDT.
 */
export function isCoinMargined(symbol: string, settlement: unknown): boolean {
  return settlement === undefined ? /USD_/.test(symbol) : settlement === COIN_MARGINED
}

export function readText(value: unknown, path: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new PayloadError(path, 'expected a text', value)
}

/** A decimal as sent, above 0 where `isPositive`, else not below. */
export function readDecimal(value: unknown, path: string, isPositive: boolean): Decimal {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string') throw new PayloadError(path, 'expected a decimal', value)
  const number = toNumber(text)
  if (isPositive ? number > 0 : number >= 0) return text
  throw new PayloadError(
    path,
    isPositive ? 'expected a decimal above 0' : 'expected a decimal, 0 or more',
    value,
  )
}
