import { floorTo, MINUTE } from '../../../lib/model/window.ts'
import { formatDecimal } from '../../core/digits.ts'
import type { LiquidationOrder } from '../../core/liquidation-orders.ts'
import type { ShownOrder, StreamFrame, Stretch } from '../../core/stream/frame.ts'
import type { Listing } from '../listing.ts'
import type { BinanceMarket } from '../market.ts'
import { coinMarginedOrders } from './coin-margined.ts'
import type { StreamTopic } from './names.ts'
import type { StreamOptions } from './options.ts'
import { ORDER_LAG_MS, type ShownOrders } from './shown-orders.ts'

type Tags = NonNullable<StreamOptions['forceOrderTags']>

/** A liquidation ready to be sent. */
interface Notice {
  readonly at: number
  readonly symbol: string
  readonly data: string
  readonly order?: ShownOrder
}

interface WireOrder {
  readonly symbol: string
  readonly side: 'BUY' | 'SELL'
  readonly quantity: string
  readonly price: string
  readonly averagePrice: string
  readonly lastFilled: string
  readonly time: number
  /** 1: USD-margined, 2: coin-margined. */
  readonly market: 1 | 2
}

/** The liquidations, each about a second after it happened. */
export class OrderFrames {
  readonly #market: BinanceMarket
  readonly #shown: ShownOrders
  readonly #tags: Tags
  /** By start of the minute. */
  readonly #minutes = new Map<number, readonly Notice[]>()

  constructor(market: BinanceMarket, shown: ShownOrders, tags: Tags) {
    this.#market = market
    this.#shown = shown
    this.#tags = tags
  }

  frames({ after, upTo }: Stretch, topics: readonly StreamTopic[]): StreamFrame[] {
    if (topics.length === 0) return []
    const bySymbol = Map.groupBy(topics, ({ symbol }) => symbol)
    const frames: StreamFrame[] = []
    for (
      let minute = floorTo(after - ORDER_LAG_MS, MINUTE);
      minute <= upTo - ORDER_LAG_MS;
      minute += MINUTE
    ) {
      for (const notice of this.#minute(minute)) {
        if (notice.at <= after || notice.at > upTo) continue
        const wanted = [...(bySymbol.get(null) ?? []), ...(bySymbol.get(notice.symbol) ?? [])]
        frames.push(...wanted.map(({ name }) => ({ ...notice, stream: name })))
      }
    }
    return frames
  }

  #minute(openTime: number): readonly Notice[] {
    const known = this.#minutes.get(openTime)
    if (known) return known
    const listings = new Map(
      this.#market.shown(openTime + MINUTE).map((listing) => [listing.symbol, listing]),
    )
    const own = this.#shown.minute([...listings.keys()], openTime).map(({ symbol, ...order }) => {
      const listing = listings.get(symbol)
      if (!listing) throw new RangeError(`${symbol} is not listed`)
      return describe(order, listing, this.#tags)
    })
    const foreign =
      this.#tags === 'absent'
        ? []
        : coinMarginedOrders(openTime).map((order) => describeForeign(order, this.#tags))
    const made = [...own, ...foreign].toSorted((a, b) => a.at - b.at)
    // The minute of the orders just due, and the one before it.
    for (const old of this.#minutes.keys()) if (old < openTime - MINUTE) this.#minutes.delete(old)
    this.#minutes.set(openTime, made)
    return made
  }
}

function describe(order: LiquidationOrder, listing: Listing, tags: Tags): Notice {
  const { symbol, priceDecimals, sizeDecimals, tickUnits } = listing
  const { time, positionSide, price, quantity, priceUnits, sizeUnits } = order
  const isLong = positionSide === 'long'
  // The price is the one at which the position is worth nothing; the market gave a little more.
  const gained = tickUnits * (1 + (time % 5))
  const average = isLong ? priceUnits + gained : Math.max(tickUnits, priceUnits - gained)
  const at = time + ORDER_LAG_MS
  const wire: WireOrder = {
    symbol,
    side: isLong ? 'SELL' : 'BUY',
    quantity,
    price,
    averagePrice: formatDecimal(average, priceDecimals),
    lastFilled: formatDecimal(Math.ceil(sizeUnits / (1 + (time % 3))), sizeDecimals),
    time,
    market: 1,
  }
  return { at, symbol, data: render(wire, at, tags), order: { symbol, time, positionSide, price, quantity } }
}

function describeForeign(order: ReturnType<typeof coinMarginedOrders>[number], tags: Tags): Notice {
  const { price, quantity, symbol, time } = order
  const at = time + ORDER_LAG_MS
  const wire: WireOrder = { ...order, averagePrice: price, lastFilled: quantity, market: 2 }
  return { at, symbol, data: render(wire, at, tags) }
}

function render(order: WireOrder, eventTime: number, tags: Tags): string {
  const { symbol, side, quantity, price, averagePrice, lastFilled, time, market } = order
  const [pair] = symbol.split('_')
  const tag = { ps: pair, st: market }
  const told = {
    s: symbol,
    S: side,
    o: 'LIMIT',
    f: 'IOC',
    q: quantity,
    p: price,
    ap: averagePrice,
    X: 'FILLED',
    l: lastFilled,
    z: quantity,
    T: time,
    ...(tags === 'inside' ? tag : {}),
  }
  return JSON.stringify({ e: 'forceOrder', E: eventTime, o: told, ...(tags === 'beside' ? tag : {}) })
}
