import { floorTo, MINUTE, type Window } from '../lib/model/window.ts'
import {
  type BinanceSimulator,
  type BinanceSimulatorOptions,
  type Listing,
  type MountScene,
  startBinanceSimulator,
} from './binance/index.ts'
import { COINALYZE_PREFIX, type CoinalyzeOptions, mountCoinalyze } from './coinalyze/index.ts'
import { formatPlain } from './core/liquidations.ts'

export type { ArchiveOptions } from './binance/index.ts'
export type { CoinalyzeOptions } from './coinalyze/index.ts'

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
      tellTruth(createTruth(scene))
      const companion = { ...scene, symbols: () => tradable(scene).map(describe) }
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

function createTruth({ liquidations, market, clock }: MountScene): LiquidationTruth {
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
