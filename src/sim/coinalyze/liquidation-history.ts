import { ceilTo, DAY, floorTo, MINUTE, type Window } from '../../lib/model/window.ts'
import { type LiquidationSums, type Liquidations, sumOrders } from '../core/liquidations.ts'

export interface HistoryQuery {
  /** Milliseconds, both inclusive, on the start of a bucket. */
  readonly from: number
  readonly to: number
  readonly interval: number
  /** What happened up to then, inclusive, is known. */
  readonly knownUntil: number
  /** Newest points that are kept of each side. */
  readonly retainedPoints: number
}

/**
 * The buckets of a symbol in which something was liquidated, ascending. Each side has its own end: older than its
 * newest `retainedPoints` points a side is told as 0 where the other is still kept, although it was not 0.
 */
export function readHistory(
  liquidations: Liquidations,
  symbol: string,
  { from, to, interval, knownUntil, retainedPoints }: HistoryQuery,
): LiquidationSums[] {
  const first = ceilTo(Math.max(from, floorTo(liquidations.since(symbol), interval)), interval)
  const told: LiquidationSums[] = []
  let longs = 0
  let shorts = 0
  for (const bucket of buckets(minutesBackwards(liquidations, symbol, first, knownUntil), interval)) {
    if (longs >= retainedPoints && shorts >= retainedPoints) break
    const hasLong = bucket.long > 0 && longs < retainedPoints
    const hasShort = bucket.short > 0 && shorts < retainedPoints
    if (bucket.long > 0) longs += 1
    if (bucket.short > 0) shorts += 1
    if ((!hasLong && !hasShort) || bucket.openTime > to) continue
    told.push({
      ...bucket,
      ...(hasLong ? {} : { long: 0, longQuote: 0 }),
      ...(hasShort ? {} : { short: 0, shortQuote: 0 }),
    })
  }
  return told.toReversed()
}

/** Newest first; of the minute that is still open, what has happened. */
function* minutesBackwards(
  liquidations: Liquidations,
  symbol: string,
  from: number,
  knownUntil: number,
): Generator<LiquidationSums> {
  const openMinute = floorTo(knownUntil, MINUTE)
  if (openMinute < from) return
  const happened = liquidations.orders(symbol, { from: openMinute, to: knownUntil + 1 })
  if (happened.length > 0) yield sumOrders(openMinute, happened)
  for (let to = openMinute; to > from; ) {
    const day: Window = { from: Math.max(from, floorTo(to - 1, DAY)), to }
    yield* liquidations.minutes(symbol, day).toReversed()
    to = day.from
  }
}

/** Sums neighbours that lie in one bucket. */
function* buckets(minutes: Iterable<LiquidationSums>, interval: number): Generator<LiquidationSums> {
  let bucket: LiquidationSums | undefined
  for (const minute of minutes) {
    const openTime = floorTo(minute.openTime, interval)
    if (bucket && bucket.openTime !== openTime) yield bucket
    bucket = bucket?.openTime === openTime ? add(bucket, minute) : { ...minute, openTime }
  }
  if (bucket) yield bucket
}

const add = (a: LiquidationSums, b: LiquidationSums): LiquidationSums => ({
  openTime: a.openTime,
  long: a.long + b.long,
  short: a.short + b.short,
  longQuote: a.longQuote + b.longQuote,
  shortQuote: a.shortQuote + b.shortQuote,
})
