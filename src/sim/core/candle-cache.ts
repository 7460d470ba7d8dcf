import { type CandleBlock, sizeOf } from './candle-block.ts'
import type { CandleSource } from './candle-source.ts'

/** Keeps the blocks used last, up to `maxBytes` in all. */
export function withCache(source: CandleSource, maxBytes: number): CandleSource {
  const blocks = new Map<string, CandleBlock>()
  let bytes = 0

  function keep(key: string, block: CandleBlock): void {
    blocks.set(key, block)
    bytes += sizeOf(block)
    for (const [oldKey, old] of blocks) {
      if (bytes <= maxBytes || oldKey === key) return
      blocks.delete(oldKey)
      bytes -= sizeOf(old)
    }
  }

  return {
    life: (symbol) => source.life(symbol),
    blockStart: (symbol, ts) => source.blockStart(symbol, ts),
    block: (symbol, ts) => {
      const key = `${symbol} ${source.blockStart(symbol, ts)}`
      const known = blocks.get(key)
      // Taken out and put in again: a Map keeps the order of insertion, so the first is the one unused longest.
      if (known) blocks.delete(key)
      else return made(key, symbol, ts)
      blocks.set(key, known)
      return known
    },
  }

  function made(key: string, symbol: string, ts: number): CandleBlock {
    const block = source.block(symbol, ts)
    keep(key, block)
    return block
  }
}
