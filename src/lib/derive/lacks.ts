import { MINUTE, subtract, totalSpan, type Window } from '../model/window.ts'
import type { Lack } from '../pipeline/lack.ts'
import type { RefusedRow, Series } from '../ports.ts'
import { ownCommand } from '../text/own-command.ts'
import { formatUtc } from '../text/times.ts'
import { endOf } from './minutes.ts'

export const CHANGING = 'the candles keep changing while it is made: run the command again when they are in'

/** Candles that end earlier before the venue's now are told of. */
const EDGE = 15 * MINUTE

export function refusedLack(refused: readonly RefusedRow[]): Lack[] {
  const [first] = refused
  if (!first) return []
  const { symbol, dataset, reason } = first
  return [{ symbol, dataset, minutes: refused.length, reason: `the database refused a row: ${reason}` }]
}

export interface Wanted {
  readonly since: number
  readonly until: number | undefined
  /** The venue's. */
  readonly now: number
}

/** What is wanted of a symbol, up to the newest known candle where no end is given; undefined where that is nothing. */
export function windowOf({ since, until, now }: Wanted, covered: readonly Window[]): Window | undefined {
  const to = Math.min(until ?? endOf(covered), now)
  return since < to ? { from: since, to } : undefined
}

/** `covered`: what is known of the candles, rows or not; `hasCandles`: whether any is stored in what is wanted. */
export function candleLacks(
  { symbol, dataset }: Series,
  wanted: Wanted,
  covered: readonly Window[],
  hasCandles: boolean,
): Lack[] {
  const lack = (minutes: number, reason: string): Lack[] =>
    minutes > 0 ? [{ symbol, dataset, minutes, reason }] : []
  const how = `run ${ownCommand(`backfill ohlcv --symbols ${symbol}`)}`
  const { since, until, now } = wanted
  const missingIn = (window: Window | undefined): number =>
    window ? totalSpan(subtract([window], covered)) / MINUTE : 0
  if (!hasCandles)
    return lack(
      missingIn({ from: since, to: Math.min(until ?? now, now) }),
      `no candles are stored: ${how} first`,
    )
  const missing = missingIn(windowOf(wanted, covered))
  const end = endOf(covered)
  const tail = until === undefined && end < now - EDGE ? (now - end) / MINUTE : 0
  return [
    ...lack(missing, `candles are missing: ${how}`),
    ...lack(tail, `the candles end at ${formatUtc(end)}: ${how}`),
  ]
}
