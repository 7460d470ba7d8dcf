import { createHash } from 'node:crypto'

/** One of `count` parts of all symbols: the `index`-th, from 1. */
export interface Share {
  readonly index: number
  readonly count: number
}

/** Each symbol is in exactly one of the parts, on every machine and for as long as `count` stays the same. */
export function isInShare(symbol: string, { index, count }: Share): boolean {
  const hash = createHash('sha256').update(symbol).digest().readUIntBE(0, 6)
  return hash % count === index - 1
}
