import { floorTo, HOUR, MINUTE, type Window } from '../../lib/model/window.ts'
import { type CandleSource, readPage } from '../core/candle-source.ts'

/** The finest grid of the statistics. */
export const STEP = 5 * MINUTE
/** As long as a block of the seeded market, so that a digest makes no more of it than it needs. */
const SPAN = 4 * HOUR
const POINTS = SPAN / STEP
/** About a kilobyte each. */
const MAX_DIGESTS = 20_000

interface Units {
  /** Grows with the first number that has more. */
  decimals: number
}

/** What the statistics need of the candles of four hours, five minutes by five minutes; whole numbers of units. */
export interface CandleDigest {
  readonly from: number
  readonly prices: Units
  readonly sizes: Units
  /** The open of the very first minute, NaN where that has no candle. */
  readonly opens: Float64Array
  readonly buys: Float64Array
  readonly sells: Float64Array
  /** How many candles there are. */
  readonly candles: Uint8Array
}

/** Number of the five minutes that hold `ts`. */
export const pointOf = (digest: CandleDigest, ts: number): number => Math.floor((ts - digest.from) / STEP)

/** The digests of a window, ascending, each as often asked as wanted: those used last are kept. */
export function createDigests(source: CandleSource): (symbol: string, window: Window) => CandleDigest[] {
  const kept = new Map<string, CandleDigest>()
  // A page asks for the same digest many times in a row.
  let latest: { readonly symbol: string; readonly digest: CandleDigest } | undefined

  function read(symbol: string, from: number): CandleDigest {
    if (latest?.symbol === symbol && latest.digest.from === from) return latest.digest
    const key = `${symbol} ${from}`
    const digest = kept.get(key) ?? createDigest(source, symbol, from)
    // Taken out and put in again: the first of a Map is then the one unused longest.
    kept.delete(key)
    kept.set(key, digest)
    const [oldest] = kept.keys()
    if (kept.size > MAX_DIGESTS && oldest !== undefined) kept.delete(oldest)
    latest = { symbol, digest }
    return digest
  }

  return (symbol, window) => {
    const digests: CandleDigest[] = []
    for (let from = floorTo(window.from, SPAN); from < window.to; from += SPAN)
      digests.push(read(symbol, from))
    return digests
  }
}

function createDigest(source: CandleSource, symbol: string, from: number): CandleDigest {
  const digest = {
    from,
    prices: { decimals: 0 },
    sizes: { decimals: 0 },
    opens: new Float64Array(POINTS).fill(Number.NaN),
    buys: new Float64Array(POINTS),
    sells: new Float64Array(POINTS),
    candles: new Uint8Array(POINTS),
  }
  const range = { from, to: from + SPAN - 1, limit: Number.POSITIVE_INFINITY, end: 'oldest' } as const
  for (const { block, first, last } of readPage(source, symbol, range)) {
    for (let row = first; row < last; row += 1)
      addRow(digest, block.openTimes[row] ?? 0, block.bytes, block.offsets[row] ?? 0)
  }
  return digest
}

function addRow(digest: CandleDigest, openTime: number, bytes: Buffer, start: number): void {
  const { prices, sizes, opens, buys, sells, candles } = digest
  const point = pointOf(digest, openTime)
  let end = readNumber(bytes, start, 1)
  const open = scale(prices, [opens])
  end = readNumber(bytes, end, 4)
  const volume = scale(sizes, [buys, sells])
  readNumber(bytes, end, 2)
  const before = sizes.decimals
  const buy = scale(sizes, [buys, sells])
  if (openTime % STEP === 0) opens[point] = open
  buys[point] = (buys[point] ?? 0) + buy
  sells[point] = (sells[point] ?? 0) + volume * 10 ** (sizes.decimals - before) - buy
  candles[point] = (candles[point] ?? 0) + 1
}

const [QUOTE, POINT, ZERO] = [0x22, 0x2e, 0x30]
/** The number read last. */
const found = { digits: 0, decimals: 0 }

/** Reads the number in the `nth` quotes from `at` on and returns where it ends. */
function readNumber(bytes: Buffer, at: number, nth: number): number {
  let position = at
  for (let quotes = 2 * nth - 1; quotes > 0; position += 1) if (bytes[position] === QUOTE) quotes -= 1
  let digits = 0
  let point = -1
  for (; bytes[position] !== QUOTE; position += 1) {
    const byte = bytes[position] ?? ZERO
    if (byte === POINT) point = position
    else digits = digits * 10 + byte - ZERO
  }
  found.digits = digits
  found.decimals = point < 0 ? 0 : position - point - 1
  return position + 1
}

/** The number read last in `units`; one that needs more decimals scales up all that was counted in them. */
function scale(units: Units, counted: readonly Float64Array[]): number {
  const missing = found.decimals - units.decimals
  if (missing === 0) return found.digits
  if (missing < 0) return found.digits * 10 ** -missing
  for (const numbers of counted)
    for (const [index, value] of numbers.entries()) numbers[index] = value * 10 ** missing
  units.decimals = found.decimals
  return found.digits
}
