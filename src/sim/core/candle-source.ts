import type { Window } from '../../lib/model/window.ts'
import { type BlockSlice, type CandleBlock, countRows, cutHoles, rowAt } from './candle-block.ts'

/** Where one-minute candles come from: made from a seed or read from files. */
export interface CandleSource {
  /** From the first candle to the end of the last one there will ever be (may be infinite); undefined: no such symbol. */
  life(symbol: string): Window | undefined
  /** Start of the block that holds `ts`: cheap, the key under which a block is kept. */
  blockStart(symbol: string, ts: number): number
  /** The block whose window holds `ts`; `ts` lies in the symbol's life. */
  block(symbol: string, ts: number): CandleBlock
}

export interface PageQuery {
  /** Both inclusive, on the open time. */
  readonly from: number
  readonly to: number
  readonly limit: number
  /** Which `limit` rows of a longer range: the oldest or the newest ones. Either way they come oldest first. */
  readonly end: 'oldest' | 'newest'
}

/** The rows of one page. A range without rows is an empty page. */
export function readPage(source: CandleSource, symbol: string, query: PageQuery): BlockSlice[] {
  const life = source.life(symbol)
  if (!life) return []
  const from = Math.max(query.from, life.from)
  const to = Math.min(query.to, life.to - 1)
  const range = { ...query, from, to }
  return query.end === 'oldest' ? readForward(source, symbol, range) : readBackward(source, symbol, range)
}

function readForward(source: CandleSource, symbol: string, { from, to, limit }: PageQuery): BlockSlice[] {
  const slices: BlockSlice[] = []
  let left = limit
  for (let at = from; at <= to && left > 0; ) {
    const block = source.block(symbol, at)
    const first = rowAt(block, at)
    const last = Math.min(first + left, rowAt(block, to + 1))
    if (last > first) slices.push({ block, first, last })
    left -= Math.max(0, last - first)
    at = block.window.to
  }
  return slices
}

function readBackward(source: CandleSource, symbol: string, { from, to, limit }: PageQuery): BlockSlice[] {
  const slices: BlockSlice[] = []
  for (let at = to; at >= from && countRows(slices) < limit; ) {
    const block = source.block(symbol, at)
    const last = rowAt(block, at + 1)
    const first = Math.max(rowAt(block, from), last - (limit - countRows(slices)))
    if (last > first) slices.unshift({ block, first, last })
    at = block.window.from - 1
  }
  return slices
}

export type HolesOf = (symbol: string) => readonly Window[]

/** Leaves out the minutes that the venue never had. */
export function withHoles(source: CandleSource, holesOf: HolesOf): CandleSource {
  return {
    life: (symbol) => source.life(symbol),
    blockStart: (symbol, ts) => source.blockStart(symbol, ts),
    block: (symbol, ts) => cutHoles(source.block(symbol, ts), holesOf(symbol)),
  }
}

/** Cuts off what lies outside of a symbol's life there; undefined: nothing is cut. */
export function withLife(source: CandleSource, lifeOf: (symbol: string) => Window | undefined): CandleSource {
  return {
    ...source,
    life: (symbol) => {
      const whole = source.life(symbol)
      const cut = lifeOf(symbol)
      if (!whole || !cut) return whole
      const life = { from: Math.max(whole.from, cut.from), to: Math.min(whole.to, cut.to) }
      return life.from < life.to ? life : undefined
    },
  }
}
