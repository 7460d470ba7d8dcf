import type { Sql } from '../../src/db/connect.ts'
import { MINUTE } from '../../src/lib/model/window.ts'
import type { VenueSimulator } from '../../src/sim/index.ts'
import { wireCandles } from '../helpers/recorded.ts'
import { storedOrders } from '../helpers/stream-world.ts'

/** Minutes that each symbol must have at least. */
export interface Wanted {
  readonly firstMinutes: Readonly<Record<string, number>>
  readonly until: number
}

/**
 * Compares digit by digit what is stored of each symbol, from its first stored minute on, with the venue; throws unless
 * all that was wanted is there and nothing else. Returns the number of candles.
 */
export async function compareCandles(
  sql: Sql,
  truth: VenueSimulator['truth'],
  { firstMinutes, until }: Wanted,
): Promise<number> {
  let count = 0
  for (const [symbol, firstMinute] of Object.entries(firstMinutes)) {
    const stored = await readCandles(sql, symbol)
    const from = Math.min(firstMinute, Number(stored[0]?.split(',')[1]))
    const to = Math.max(until, Number(stored.at(-1)?.split(',')[1]) + MINUTE)
    const lines = wireCandles(symbol, truth.candles(symbol, { from, to }))
    if (stored.join('\n') !== lines.join('\n'))
      throw new Error(
        `${symbol}: ${stored.length} candles are stored, not the ${lines.length} that were sent`,
      )
    count += stored.length
  }
  return count
}

async function readCandles(sql: Sql, symbol: string): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    select concat_ws(',', symbol, (extract(epoch from ts) * 1000)::bigint, open, high, low, close, volume,
      quote_volume, trades, taker_buy_volume, taker_buy_quote_volume) as line
    from ohlcv where symbol = ${symbol} order by ts`
  return rows.map(({ line }) => line)
}

/** Throws unless exactly these orders are stored: `symbol ms side price quantity`. */
export async function compareOrders(sql: Sql, sent: readonly string[]): Promise<void> {
  const stored = await storedOrders(sql)
  const expected = [...new Set(sent)].toSorted()
  if (stored.join('\n') !== expected.join('\n'))
    throw new Error(`${stored.length} orders are stored, not the ${expected.length} that were sent`)
}
