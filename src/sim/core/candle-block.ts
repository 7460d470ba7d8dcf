import type { Window } from '../../lib/model/window.ts'

/** Candles of one symbol and stretch of time, ascending, already in the venue's wire form. */
export interface CandleBlock {
  /** The stretch that the block answers for; minutes in it without a row do not exist at the venue. */
  readonly window: Window
  readonly openTimes: Float64Array
  /** Start of each row in `bytes`, and one more: the end. Each row is followed by one separator byte. */
  readonly offsets: Uint32Array
  readonly bytes: Buffer
}

/** Rows `first` (inclusive) to `last` (exclusive) of a block. */
export interface BlockSlice {
  readonly block: CandleBlock
  readonly first: number
  readonly last: number
}

/** Index of the first row whose open time is ≥ `ts`. */
export function rowAt(block: CandleBlock, ts: number): number {
  let low = 0
  let high = block.openTimes.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((block.openTimes[middle] ?? 0) < ts) low = middle + 1
    else high = middle
  }
  return low
}

export const sizeOf = (block: CandleBlock): number =>
  block.bytes.byteLength + block.openTimes.byteLength + block.offsets.byteLength

export const countRows = (slices: readonly BlockSlice[]): number =>
  slices.reduce((sum, { first, last }) => sum + last - first, 0)

const [OPEN, CLOSE, COMMA] = [Buffer.from('['), Buffer.from(']'), Buffer.from(',')]

/** The rows as one JSON array, in parts. */
export function joinSlices(slices: readonly BlockSlice[]): Buffer[] {
  const parts: Buffer[] = [OPEN]
  for (const { block, first, last } of slices) {
    if (parts.length > 1) parts.push(COMMA)
    parts.push(block.bytes.subarray(block.offsets[first] ?? 0, (block.offsets[last] ?? 1) - 1))
  }
  parts.push(CLOSE)
  return parts
}

/** The same block without the rows inside `holes`. */
export function cutHoles(block: CandleBlock, holes: readonly Window[]): CandleBlock {
  const near = holes.filter((hole) => hole.from < block.window.to && hole.to > block.window.from)
  if (near.length === 0) return block
  const kept = [...block.openTimes.keys()].filter((row) => {
    const ts = block.openTimes[row] ?? 0
    return !near.some((hole) => ts >= hole.from && ts < hole.to)
  })
  return pickRows(block, kept)
}

/** The same block with the rows of these numbers alone, in this order. */
export function pickRows(block: CandleBlock, rows: readonly number[]): CandleBlock {
  const parts = rows.map((row) => block.bytes.subarray(block.offsets[row] ?? 0, block.offsets[row + 1] ?? 0))
  const offsets = new Uint32Array(rows.length + 1)
  for (const [index, part] of parts.entries()) offsets[index + 1] = (offsets[index] ?? 0) + part.byteLength
  const openTimes = Float64Array.from(rows, (row) => block.openTimes[row] ?? 0)
  return { window: block.window, openTimes, offsets, bytes: Buffer.concat(parts) }
}
