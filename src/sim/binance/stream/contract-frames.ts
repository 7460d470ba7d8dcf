import type { StreamFrame, Stretch } from '../../core/stream/frame.ts'
import type { BinanceMarket, ListingNews } from '../market.ts'
import type { StreamTopic } from './names.ts'

/** A frame for each symbol that is listed or gets another status. */
export function createContractFrames(
  market: BinanceMarket,
): (stretch: Stretch, topics: readonly StreamTopic[]) => StreamFrame[] {
  return (stretch, topics) => {
    if (topics.length === 0) return []
    return market.news(stretch).flatMap((news) => {
      const { symbol } = news.listing
      const wanted = topics.filter((topic) => topic.symbol === null || topic.symbol === symbol)
      return wanted.map(({ name }) => ({ at: news.at, stream: name, symbol, data: render(news) }))
    })
  }
}

const render = ({ at, listing }: ListingNews): string =>
  JSON.stringify({
    e: 'contractInfo',
    E: at,
    s: listing.symbol,
    ct: listing.contractType,
    dt: listing.deliveryDate,
    ot: listing.onboardDate,
    cs: listing.status,
    bks: [{ bs: 1, bnf: 0, bnc: 5_000, mmr: 0.01, cf: 0, mi: 21, ma: 50 }],
    st: 1,
  })
