import { HOUR } from '../../lib/model/window.ts'

/** From `from` on (venue time), funding is settled each `hours`. */
export interface FundingStep {
  readonly from: number
  readonly hours: number
}

/** All that the simulated venue knows of one symbol. */
export interface Listing {
  readonly symbol: string
  readonly baseAsset: string
  readonly quoteAsset: string
  readonly contractType: string
  readonly status: string
  readonly underlyingType: string
  readonly underlyingSubType: string
  /** Middle of the price range of the seeded market, in quote asset. */
  readonly basePrice: number
  readonly priceDecimals: number
  /** Smallest price step, in units of the last price decimal. */
  readonly tickUnits: number
  readonly sizeDecimals: number
  /** Typical base volume and trades of a minute, and the share of minutes in which somebody trades. */
  readonly minuteVolume: number
  readonly minuteTrades: number
  readonly activity: number
  readonly firstCandle: number
  /** End of the last candle; infinite while it trades. */
  readonly endOfCandles: number
  readonly onboardDate: number
  readonly deliveryDate: number
  /** Whether exchangeInfo shows it: delisted symbols are hidden, some of them still answer. */
  readonly isShown: boolean
  /** Whether the venue itself no longer knows it: only the archive has its history. */
  readonly isArchived: boolean
  /** Ascending; empty where there is no funding. */
  readonly fundingSteps: readonly FundingStep[]
  /** Settlements off schedule. */
  readonly specialFundings: readonly number[]
}

/** Delivery date of a contract that is never delivered. */
export const NEVER_DELIVERED = 4_133_404_800_000

interface Basics {
  readonly symbol: string
  readonly basePrice: number
  readonly firstCandle: number
}

/** A plain USDT perpetual, changed by `changes`. */
export function createListing(
  { symbol, basePrice, firstCandle }: Basics,
  changes: Partial<Listing> = {},
): Listing {
  const quoteAsset = symbol.endsWith('USDC') ? 'USDC' : 'USDT'
  return {
    symbol,
    baseAsset: symbol.slice(0, -quoteAsset.length),
    quoteAsset,
    contractType: 'PERPETUAL',
    status: 'TRADING',
    underlyingType: 'COIN',
    underlyingSubType: 'Layer-1',
    basePrice,
    ...precisionOf(basePrice),
    minuteVolume: 40_000 / basePrice,
    minuteTrades: 120,
    activity: 1,
    firstCandle,
    endOfCandles: Number.POSITIVE_INFINITY,
    onboardDate: firstCandle,
    deliveryDate: NEVER_DELIVERED,
    isShown: true,
    isArchived: false,
    fundingSteps: [{ from: firstCandle + 8 * HOUR, hours: 8 }],
    specialFundings: [],
    ...changes,
  }
}

/** A contract with a delivery date shares the pair of its perpetual. */
export const pairOf = ({ symbol, contractType, baseAsset, quoteAsset }: Listing): string =>
  contractType.endsWith('QUARTER') ? `${baseAsset}${quoteAsset}` : symbol

/** Enough decimals that a tick is about a ten-thousandth of the price. */
function precisionOf(price: number): Pick<Listing, 'priceDecimals' | 'tickUnits' | 'sizeDecimals'> {
  if (price >= 1_000) return { priceDecimals: 2, tickUnits: 10, sizeDecimals: 3 }
  if (price >= 100) return { priceDecimals: 2, tickUnits: 1, sizeDecimals: 3 }
  if (price >= 10) return { priceDecimals: 3, tickUnits: 1, sizeDecimals: 2 }
  if (price >= 1) return { priceDecimals: 4, tickUnits: 1, sizeDecimals: 1 }
  if (price >= 0.05) return { priceDecimals: 5, tickUnits: 1, sizeDecimals: 0 }
  return { priceDecimals: 7, tickUnits: 1, sizeDecimals: 0 }
}
