import { floorTo, MINUTE } from '../../../lib/model/window.ts'
import type { StreamFrame, Stretch } from '../../core/stream/frame.ts'
import type { Listing } from '../listing.ts'
import type { BinanceMarket } from '../market.ts'
import { COIN_MARGINED, priceOfCoinMargined } from './coin-margined.ts'
import type { StreamTopic } from './names.ts'
import { createNextFunding, type NextFunding } from './next-funding.ts'

interface Mark extends NextFunding {
  readonly symbol: string
  readonly price: string
  /** 1: USD-margined, 2: coin-margined. */
  readonly market: 1 | 2
}

/** Mark prices on whole seconds; of a stretch of many only the newest one. */
export class MarkFrames {
  readonly #market: BinanceMarket
  readonly #nextFunding: (symbol: string, now: number) => NextFunding

  constructor(market: BinanceMarket) {
    this.#market = market
    this.#nextFunding = createNextFunding(market)
  }

  frames({ after, upTo }: Stretch, topics: readonly StreamTopic[]): StreamFrame[] {
    const due = topics.filter(({ everyMs }) => floorTo(upTo, everyMs) > after)
    if (due.length === 0) return []
    return due.flatMap((topic) => this.#ofTopic(topic, floorTo(upTo, topic.everyMs)))
  }

  #ofTopic({ name, symbol }: StreamTopic, at: number): StreamFrame[] {
    if (symbol === null) {
      return this.#lists(at).map((rows) => ({ at, stream: name, symbol: null, data: `[${rows.join(',')}]` }))
    }
    const isTrading = this.#market.status(symbol, at) === 'TRADING'
    const mark = isTrading ? this.#mark(symbol, at) : undefined
    return mark ? [{ at, stream: name, symbol, data: render(mark, at) }] : []
  }

  /** Contracts on other things than coins come in a message of their own. */
  #lists(at: number): string[][] {
    const trading = this.#market.shown(at).filter(({ status }) => status === 'TRADING')
    const isForeign = ({ contractType }: Listing): boolean => contractType.startsWith('TRADIFI')
    const rowsOf = (listings: readonly Listing[]): string[] =>
      listings.flatMap(({ symbol }) => {
        const mark = this.#mark(symbol, at)
        return mark ? [render(mark, at)] : []
      })
    const coins = rowsOf(trading.filter((listing) => !isForeign(listing)))
    const lists = [[...coins, ...coinMargined(at)], rowsOf(trading.filter(isForeign))]
    return lists.filter((rows) => rows.length > 0)
  }

  #mark(symbol: string, at: number): Mark | undefined {
    const price = this.#market.markPrice(symbol, at)
    return price === undefined ? undefined : { symbol, price, market: 1, ...this.#nextFunding(symbol, at) }
  }
}

const EIGHT_HOURS = 480 * MINUTE

const coinMargined = (at: number): string[] =>
  COIN_MARGINED.map((symbol, index) => {
    const price = priceOfCoinMargined(index, floorTo(at, MINUTE) / MINUTE)
    const time = floorTo(at, EIGHT_HOURS) + EIGHT_HOURS
    return render({ symbol, price, rate: '0.00010000', time, market: 2 }, at)
  })

const render = ({ symbol, price, rate, time, market }: Mark, eventTime: number): string =>
  `{"e":"markPriceUpdate","E":${eventTime},"s":"${symbol}","p":"${price}","ap":"${price}","P":"${price}",` +
  `"i":"${price}","r":"${rate}","T":${time},"st":${market}}`
