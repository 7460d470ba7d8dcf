import { formatDecimal } from '../core/digits.ts'
import { type Listing, pairOf } from './listing.ts'

const ORDER_TYPES = [
  'LIMIT',
  'MARKET',
  'STOP',
  'STOP_MARKET',
  'TAKE_PROFIT',
  'TAKE_PROFIT_MARKET',
  'TRAILING_STOP_MARKET',
]

const renderLimits = (weightLimit: number) => [
  { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: weightLimit },
  { rateLimitType: 'ORDERS', interval: 'MINUTE', intervalNum: 1, limit: 1_200 },
  { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 300 },
]

interface ToldInfo {
  /** As given: on the real venue it is hours old. */
  readonly serverTime: number
  readonly weightLimit: number
}

/** The answer of exchangeInfo. */
export function renderExchangeInfo(
  listings: readonly Listing[],
  { serverTime, weightLimit }: ToldInfo,
): string {
  return JSON.stringify({
    timezone: 'UTC',
    serverTime,
    futuresType: 'U_MARGINED',
    rateLimits: renderLimits(weightLimit),
    exchangeFilters: [],
    assets: ['USDT', 'USDC', 'BTC'].map((asset) => ({
      asset,
      marginAvailable: true,
      autoAssetExchange: '-10000',
    })),
    symbols: listings.map(renderSymbol),
  })
}

function renderSymbol(listing: Listing) {
  return {
    symbol: listing.symbol,
    pair: pairOf(listing),
    contractType: listing.contractType,
    deliveryDate: listing.deliveryDate,
    onboardDate: listing.onboardDate,
    status: listing.status,
    maintMarginPercent: '2.5000',
    requiredMarginPercent: '5.0000',
    baseAsset: listing.baseAsset,
    quoteAsset: listing.quoteAsset,
    marginAsset: listing.quoteAsset,
    pricePrecision: listing.priceDecimals,
    quantityPrecision: listing.sizeDecimals,
    baseAssetPrecision: 8,
    quotePrecision: 8,
    underlyingType: listing.underlyingType,
    underlyingSubType: [listing.underlyingSubType],
    triggerProtect: '0.0500',
    liquidationFee: '0.012500',
    marketTakeBound: '0.05',
    maxMoveOrderLimit: 10_000,
    filters: renderFilters(listing),
    orderTypes: ORDER_TYPES,
    timeInForce: ['GTC', 'IOC', 'FOK', 'GTX', 'GTD'],
    permissionSets: ['GRID', 'COPY'],
  }
}

function renderFilters({ basePrice, priceDecimals, tickUnits, sizeDecimals }: Listing) {
  const tickSize = formatDecimal(tickUnits, priceDecimals)
  const stepSize = formatDecimal(1, sizeDecimals)
  return [
    { filterType: 'PRICE_FILTER', maxPrice: String(Math.ceil(basePrice * 50)), minPrice: tickSize, tickSize },
    { filterType: 'LOT_SIZE', maxQty: '10000000', minQty: stepSize, stepSize },
    { filterType: 'MARKET_LOT_SIZE', maxQty: '1000000', minQty: stepSize, stepSize },
    { filterType: 'MAX_NUM_ORDERS', limit: 200 },
    { filterType: 'MAX_NUM_ALGO_ORDERS', limit: 10 },
    { filterType: 'MIN_NOTIONAL', notional: '5' },
    { filterType: 'PERCENT_PRICE', multiplierUp: '1.0500', multiplierDown: '0.9500', multiplierDecimal: '4' },
    { filterType: 'POSITION_RISK_CONTROL', positionControlSide: 'NONE' },
  ]
}
