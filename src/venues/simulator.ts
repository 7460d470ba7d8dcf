import { floorTo, MINUTE, type Window } from '../lib/model/window.ts'
import { rowAt } from '../lib/sim/candle-block.ts'
import type { CandleSource } from '../lib/sim/candle-source.ts'
import type { LiquidationCandle, LiquidationMarket } from '../lib/sim/liquidation-orders.ts'
import { formatPlain, Liquidations } from '../lib/sim/liquidations.ts'
import {
  type BinanceSimulator,
  type BinanceSimulatorOptions,
  type KlineRow,
  type Listing,
  type MountScene,
  startBinanceSimulator,
} from './binance/sim/index.ts'
import { COINALYZE_PREFIX, type CoinalyzeOptions, mountCoinalyze } from './coinalyze/sim/index.ts'

export type { CoinalyzeOptions } from './coinalyze/sim/index.ts'

export interface SimulatorOptions extends Omit<BinanceSimulatorOptions, 'mount'> {
  /** Limits are enforced, count, and say how long to wait as the venue's do, unless told otherwise here. */
  readonly coinalyze?: CoinalyzeOptions
}

/** What was liquidated in one minute, in base asset, as exact decimals without zeros at the end. */
export interface LiquidationMinute {
  /** Start of the minute, milliseconds. */
  readonly t: number
  readonly long: string
  readonly short: string
}

export interface LiquidationTruth {
  /** Closed minutes that start in the window and in which something was liquidated, ascending, however old. */
  liquidations(symbol: string, window: Window): LiquidationMinute[]
}

export interface VenueSimulator extends BinanceSimulator {
  readonly coinalyzeUrl: string
  readonly truth: BinanceSimulator['truth'] & LiquidationTruth
}

/** Starts a simulated Binance USD-M, and a simulated Coinalyze that tells about it, on one server. */
export async function startSimulator({
  coinalyze,
  ...options
}: SimulatorOptions = {}): Promise<VenueSimulator> {
  const { promise: readTruth, resolve: tellTruth } = Promise.withResolvers<LiquidationTruth>()
  const { hasLimits = true, window = 'minute', hasRetryAfter = true } = options
  const binance = await startBinanceSimulator({
    ...options,
    mount: (scene) => {
      const liquidations = createLiquidations(scene)
      tellTruth(createTruth(liquidations, scene))
      const companion = { ...scene, liquidations, symbols: () => tradable(scene).map(describe) }
      return [mountCoinalyze(companion, { hasLimits, window, hasRetryAfter, ...coinalyze })]
    },
  })
  return {
    ...binance,
    coinalyzeUrl: `${binance.restUrl}${COINALYZE_PREFIX}`,
    truth: { ...binance.truth, ...(await readTruth) },
  }
}

const tradable = ({ market, clock }: MountScene): Listing[] =>
  market.shown(clock.now()).filter(({ status }) => status === 'TRADING')

const describe = (listing: Listing) => {
  const isPerpetual = listing.contractType.endsWith('PERPETUAL')
  return { ...listing, isPerpetual, expiresAt: isPerpetual ? null : listing.deliveryDate }
}

function createLiquidations(scene: MountScene): Liquidations {
  const { source } = scene.market.klines
  return new Liquidations(scene.seed, (symbol): LiquidationMarket | undefined => {
    const listing = scene.market.shown(scene.clock.now()).find((known) => known.symbol === symbol)
    const life = source.life(symbol)
    if (!listing || !life) return undefined
    const candle = (openTime: number) =>
      openTime >= life.from && openTime < life.to ? readCandle(source, listing, openTime) : undefined
    return { ...listing, since: life.from, candle }
  })
}

function readCandle(source: CandleSource, listing: Listing, openTime: number): LiquidationCandle | undefined {
  const block = source.block(listing.symbol, openTime)
  const row = rowAt(block, openTime)
  if (block.openTimes[row] !== openTime) return undefined
  const text = block.bytes.toString('latin1', block.offsets[row], (block.offsets[row + 1] ?? 1) - 1)
  const [, open, high, low, close, volume]: KlineRow = JSON.parse(text)
  const toUnits = (decimal: string, decimals: number): number => Math.round(Number(decimal) * 10 ** decimals)
  const { priceDecimals, sizeDecimals } = listing
  return {
    open: toUnits(open, priceDecimals),
    high: toUnits(high, priceDecimals),
    low: toUnits(low, priceDecimals),
    close: toUnits(close, priceDecimals),
    volume: toUnits(volume, sizeDecimals),
  }
}

function createTruth(liquidations: Liquidations, { market, clock }: MountScene): LiquidationTruth {
  return {
    liquidations: (symbol, { from, to }) => {
      const now = clock.now()
      const listing = market.shown(now).find((known) => known.symbol === symbol)
      const closed = { from, to: Math.min(to, floorTo(now, MINUTE)) }
      return liquidations.minutes(symbol, closed).map(({ openTime, long, short }) => ({
        t: openTime,
        long: formatPlain(long, listing?.sizeDecimals ?? 0),
        short: formatPlain(short, listing?.sizeDecimals ?? 0),
      }))
    },
  }
}
