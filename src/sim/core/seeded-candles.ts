import { MINUTE, type Window } from '../../lib/model/window.ts'
import type { CandleBlock } from './candle-block.ts'
import { type CandleColumns, createColumns } from './candle-columns.ts'
import type { CandleSource } from './candle-source.ts'
import type { SeededMarket } from './seeded-market.ts'

/** Minutes in one block: small, so that a page makes little that nobody asked for. */
const BLOCK_MINUTES = 240

export interface SeededSymbol {
  readonly market: SeededMarket
  readonly life: Window
  /** Writes one row and its separator and returns where it ends; at most `maxRowBytes` long. */
  writeRow(bytes: DataView, at: number, openTime: number, columns: CandleColumns, row: number): number
  readonly maxRowBytes: number
}

/** One-minute candles from a seed; `find` tells undefined for a symbol that the venue does not know. */
export function createSeededCandles(find: (symbol: string) => SeededSymbol | undefined): CandleSource {
  const columns = createColumns(BLOCK_MINUTES)
  let scratch = Buffer.alloc(0)
  const blockMs = BLOCK_MINUTES * MINUTE
  const blockStart = (_symbol: string, ts: number): number => Math.floor(ts / blockMs) * blockMs
  return {
    life: (symbol) => find(symbol)?.life,
    blockStart,
    block: (symbol, ts) => {
      const known = find(symbol)
      if (!known) throw new RangeError(`${symbol} has no candles`)
      const from = blockStart(symbol, ts)
      if (scratch.byteLength < BLOCK_MINUTES * known.maxRowBytes)
        scratch = Buffer.alloc(BLOCK_MINUTES * known.maxRowBytes)
      return renderBlock(known, { from, to: from + blockMs }, { columns, scratch })
    },
  }
}

/** Used again for each block. */
interface Workspace {
  readonly columns: CandleColumns
  readonly scratch: Buffer
}

function renderBlock(symbol: SeededSymbol, window: Window, { columns, scratch }: Workspace): CandleBlock {
  const first = Math.max(window.from, symbol.life.from) / MINUTE
  const count = Math.min(window.to, symbol.life.to) / MINUTE - first
  symbol.market.fill(columns, first, count)
  const openTimes = new Float64Array(count)
  const offsets = new Uint32Array(count + 1)
  const view = new DataView(scratch.buffer, scratch.byteOffset, scratch.byteLength)
  let at = 0
  for (let row = 0; row < count; row += 1) {
    const openTime = (first + row) * MINUTE
    openTimes[row] = openTime
    at = symbol.writeRow(view, at, openTime, columns, row)
    offsets[row + 1] = at
  }
  const bytes = Buffer.allocUnsafeSlow(at)
  scratch.copy(bytes, 0, 0, at)
  return { window, openTimes, offsets, bytes }
}
