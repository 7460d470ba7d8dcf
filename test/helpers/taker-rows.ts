import type { Sql } from '../../src/db/connect.ts'
import { floorTo, MINUTE, type Window } from '../../src/lib/model/window.ts'
import type { VenueSimulator } from '../../src/sim/index.ts'

type Truth = VenueSimulator['truth']

const STEP = 5 * MINUTE
/** Half a unit of the eighth decimal more than one: parts are cut to it, the rest goes to some of them whole. */
const TOLERANCE = 1.5e-8

/**
 * All rows of taker volume, summed by five minutes: `symbol,ms,buy,sell,method,sampled ms,minutes`, sorted; sums as
 * plain decimals without zeros at the end.
 */
export async function storedFlows(sql: Sql): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    select concat_ws(',', symbol, (extract(epoch from date_bin('5 minutes', ts, 'epoch')) * 1000)::bigint,
      trim_scale(sum(buy_volume)), trim_scale(sum(sell_volume)), method,
      (extract(epoch from sampled_at) * 1000)::bigint, count(*)) as line
    from taker_volume group by symbol, date_bin('5 minutes', ts, 'epoch'), method, sampled_at`
  return rows.map(({ line }) => line).toSorted()
}

/** The flows that begin in the window, in the same form. */
export function trueFlows(truth: Truth, symbol: string, window: Window): string[] {
  const traded = new Map<number, number>()
  for (const [openTime] of truth.candles(symbol, window)) {
    const step = floorTo(openTime, STEP)
    traded.set(step, (traded.get(step) ?? 0) + 1)
  }
  return truth.takerVolume(symbol, window).flatMap(({ start, timestamp, buyVol, sellVol }) => {
    const minutes = traded.get(start) ?? 0
    if (minutes === 0) return []
    const sums = [buyVol, sellVol].map(trimZeros)
    return [[symbol, start, ...sums, 'weighted', timestamp, minutes].join(',')]
  })
}

const trimZeros = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)

/** Minutes whose stored part is not that of their candle in the five minutes, as `symbol,ms,field,stored,expected`. */
export async function findDisproportions(
  sql: Sql,
  truth: Truth,
  symbol: string,
  window: Window,
): Promise<string[]> {
  const stored = new Map(
    (
      await sql<{ ts: number; buyVol: string; sellVol: string }[]>`
        select (extract(epoch from ts) * 1000)::float8 as ts, buy_volume::text as "buyVol", sell_volume::text as "sellVol"
        from taker_volume where symbol = ${symbol}`
    ).map((row) => [row.ts, row]),
  )
  const volumes = new Map(truth.candles(symbol, window).map((row) => [row[0], Number(row[5])]))
  return truth.takerVolume(symbol, window).flatMap((flow) => {
    const minutes = [0, 1, 2, 3, 4].map((at) => flow.start + at * MINUTE).filter((ts) => volumes.has(ts))
    const total = minutes.reduce((sum, ts) => sum + (volumes.get(ts) ?? 0), 0)
    return minutes.flatMap((ts) =>
      (['buyVol', 'sellVol'] as const).flatMap((field) => {
        const share = total === 0 ? 1 / minutes.length : (volumes.get(ts) ?? 0) / total
        const expected = Number(flow[field]) * share
        const part = Number(stored.get(ts)?.[field] ?? Number.NaN)
        const isNear = Math.abs(part - expected) <= TOLERANCE
        return isNear ? [] : [[symbol, ts, field, part, expected].join(',')]
      }),
    )
  })
}
