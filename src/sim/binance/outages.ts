import type { Window } from '../../lib/model/window.ts'
import { type CandleBlock, rowAt } from '../core/candle-block.ts'
import type { CandleSource } from '../core/candle-source.ts'
import { formatDecimal } from '../core/digits.ts'
import type { KlineRow } from './kline-row.ts'
import { decimalsOf } from './settle-row.ts'

/** By symbol: minutes in which nobody could trade. */
export type Outages = Readonly<Record<string, readonly Window[]>>

/** Makes the candles of an outage flat: all at the open of its first, without volume and trades. */
export function withOutages(source: CandleSource, outages: Outages): CandleSource {
  return {
    life: (symbol) => source.life(symbol),
    blockStart: (symbol, ts) => source.blockStart(symbol, ts),
    block: (symbol, ts) => {
      const block = source.block(symbol, ts)
      const near = (outages[symbol] ?? []).filter(
        ({ from, to }) => from < block.window.to && to > block.window.from,
      )
      return near.reduce((flat, outage) => flatten(flat, outage, openAt(source, symbol, outage.from)), block)
    },
  }
}

/** The open of the first candle at or after `ts` in its block; undefined: the outage's candles keep their opens. */
function openAt(source: CandleSource, symbol: string, ts: number): string | undefined {
  const life = source.life(symbol)
  if (!life || ts < life.from || ts >= life.to) return undefined
  const block = source.block(symbol, ts)
  const row = rowAt(block, ts)
  return row < block.openTimes.length ? parseRow(block, row)[1] : undefined
}

function flatten(block: CandleBlock, { from, to }: Window, price: string | undefined): CandleBlock {
  const [first, last] = [rowAt(block, from), rowAt(block, to)]
  if (first === last) return block
  const flat: Buffer[] = []
  for (let row = first; row < last; row += 1) {
    flat.push(Buffer.from(`${JSON.stringify(toFlat(parseRow(block, row), price))},`))
  }
  const offsets = new Uint32Array(block.offsets)
  for (const [index, { byteLength }] of flat.entries())
    offsets[first + index + 1] = (offsets[first + index] ?? 0) + byteLength
  const shift = (offsets[last] ?? 0) - (block.offsets[last] ?? 0)
  for (let row = last + 1; row < offsets.length; row += 1) offsets[row] = (block.offsets[row] ?? 0) + shift
  const bytes = Buffer.concat([
    block.bytes.subarray(0, block.offsets[first]),
    ...flat,
    block.bytes.subarray(block.offsets[last]),
  ])
  return { ...block, offsets, bytes }
}

const parseRow = ({ bytes, offsets }: CandleBlock, row: number): KlineRow =>
  JSON.parse(bytes.toString('latin1', offsets[row], (offsets[row + 1] ?? 1) - 1))

const zeroAs = (text: string): string => formatDecimal(0, decimalsOf(text))

function toFlat(
  [openTime, open, , , , volume, closeTime, quote, , taker, takerQuote]: KlineRow,
  price = open,
): KlineRow {
  const prices = [price, price, price, price] as const
  return [
    openTime,
    ...prices,
    zeroAs(volume),
    closeTime,
    zeroAs(quote),
    0,
    zeroAs(taker),
    zeroAs(takerQuote),
    '0',
  ]
}
