import { MINUTE } from '../../lib/model/window.ts'
import { hashAt, hashText, seriesSeed } from '../core/hash.ts'
import { PricePath } from '../core/price-path.ts'
import type { RatioKind } from '../core/simulator.ts'
import type { Listing } from './listing.ts'

/** Open positions are worth so many typical minutes of trading. */
const MINUTES_HELD = 500
const SERIES = 60
/** Number of its series, and around which share of longs it moves, in ten-thousandths. */
const RATIOS: Readonly<Record<RatioKind, readonly [number, number]>> = {
  'global-account': [61, 5_800],
  'top-account': [62, 5_500],
  'top-position': [63, 5_200],
}

/** Figures of one symbol that no candle tells: pure functions of seed, symbol and time. */
export interface SeededStatistics {
  /** Open contracts at `ts`, in units of the listing's last size decimal. */
  openInterestAt(ts: number): number
  /** Share of the longs at `ts`, in ten-thousandths, 1 … 9,999. */
  longShareAt(kind: RatioKind, ts: number): number
  /** Whole coins. */
  readonly supply: number
}

export function createSeededStatistics(seed: string, listing: Listing): SeededStatistics {
  const { symbol, minuteVolume, sizeDecimals } = listing
  const symbolSeed = hashText(`${seed}:${symbol}`)
  const held = minuteVolume * MINUTES_HELD
  const base = Math.max(200, Math.round(held * 10 ** sizeDecimals))
  const openInterest = new PricePath(seriesSeed(symbolSeed, SERIES), base)
  const createShare = ([series, middle]: readonly [number, number]): PricePath =>
    new PricePath(seriesSeed(symbolSeed, series), middle)
  const shares: Readonly<Record<RatioKind, PricePath>> = {
    'global-account': createShare(RATIOS['global-account']),
    'top-account': createShare(RATIOS['top-account']),
    'top-position': createShare(RATIOS['top-position']),
  }
  return {
    openInterestAt: (ts) => openInterest.at(ts / MINUTE),
    longShareAt: (kind, ts) => shares[kind].at(ts / MINUTE),
    supply: Math.ceil(held * (100 + (hashAt(symbolSeed, SERIES) % 200))),
  }
}
