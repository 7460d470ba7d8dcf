import { INDEX_SYMBOL } from '../model/market.ts'
import { MINUTE, subtract, type Window } from '../model/window.ts'
import type { Basis } from '../ports.ts'
import { originOf } from './derivations.ts'
import { basisOf, type DeriveOptions, type Work } from './derive-options.ts'
import type { MarketIndexState } from './math/market-index.ts'
import { clip, endOf, upTo } from './minutes.ts'

export const INDEX_SERIES = { symbol: INDEX_SYMBOL, dataset: 'mt' } as const

export interface IndexWork {
  readonly symbols: readonly string[]
  /** All of them: any change of any symbol is one of the index. */
  readonly basis: readonly Basis[]
  /** The first candle of any symbol. */
  readonly start: number
  readonly work: Work | undefined
  /** The end of what is covered. */
  readonly coveredUntil: number
}

/** The state of the candles is read first: what changes later makes stale what is made of them. */
export async function findIndexWork({ store, candles, until, isRefetch }: DeriveOptions): Promise<IndexWork> {
  const symbols = await candles.symbols()
  const origin = originOf(INDEX_SERIES)
  const known = await store.coverage(origin, symbols)
  const { dataset } = INDEX_SERIES
  const made = (await store.coverage(dataset, [INDEX_SYMBOL])).get(INDEX_SYMBOL)?.covered ?? []
  const covered = isRefetch ? [] : made
  const lives = [...(await candles.lives(symbols)).values()]
  const start = lives.reduce((first, { from }) => Math.min(first, from), Number.POSITIVE_INFINITY)
  const coveredUntil = endOf(made)
  const life = { from: start, to: endOf(lives) }
  const from = subtract(clip([life], upTo(until)), covered)[0]?.from
  return {
    symbols,
    basis: symbols.map((symbol) => basisOf(origin, symbol, known.get(symbol))),
    start,
    work: from === undefined ? undefined : workOf(from, clip([life], upTo(until)), coveredUntil),
    coveredUntil,
  }
}

/** What is covered further on carries what is made now: it has to be made anew as well, wanted or not. */
function workOf(from: number, wanted: readonly Window[], coveredUntil: number): Work {
  const to = Math.max(endOf(wanted), coveredUntil)
  return { window: { from, to }, rows: (to - from) / MINUTE }
}

/** What the index goes on from; undefined where it begins. */
export async function readIndexState(
  { symbols, start }: IndexWork,
  from: number,
  { candles }: Pick<DeriveOptions, 'candles'>,
): Promise<MarketIndexState | undefined> {
  if (from <= start) return undefined
  const last = await candles.lastBefore(INDEX_SERIES, from)
  if (last === undefined) return undefined
  return { until: from, close: last.close, closes: await candles.closesAt(symbols, from - MINUTE) }
}
