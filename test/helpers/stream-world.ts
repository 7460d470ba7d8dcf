import { expect, vi } from 'vitest'
import type { Sql } from '../../src/db/connect.ts'
import { MINUTE, type Window } from '../../src/lib/model/window.ts'
import type { VenueSimulator } from '../../src/sim/index.ts'
import { hashOf, storedCandles, trueCandles } from './recorded.ts'

/** Waits until `check` passes; the bound is far beyond what it takes. */
export const eventually = (check: () => void | Promise<void>, timeout = 150_000): Promise<void> =>
  vi.waitFor(check, { timeout, interval: 100 })

/** Resolves when the venue's clock has reached `time`. */
export const untilVenueTime = (simulator: VenueSimulator, time: number, timeout: number): Promise<void> =>
  eventually(() => expect(simulator.now()).toBeGreaterThanOrEqual(time), timeout)

/** The covered minutes of a dataset, one list for all symbols that have any: `symbol from to` in minutes. */
export async function coverageOf(sql: Sql, dataset: string): Promise<Map<string, Window[]>> {
  const rows = await sql<{ symbol: string; from: number; to: number }[]>`
    select symbol, (extract(epoch from lower(part)) * 1000)::float8 as from,
      (extract(epoch from upper(part)) * 1000)::float8 as to
    from coverage, unnest(covered) as part where dataset = ${dataset} order by symbol, part`
  const known = new Map<string, Window[]>()
  for (const { symbol, from, to } of rows) known.set(symbol, [...(known.get(symbol) ?? []), { from, to }])
  return known
}

/** Waits until each symbol is covered in one piece from its first minute to at least `until`. */
export async function untilWhole(sql: Sql, symbols: readonly string[], until: number): Promise<void> {
  await eventually(async () => {
    const known = await coverageOf(sql, 'ohlcv')
    for (const symbol of symbols) {
      const windows = known.get(symbol) ?? []
      expect(windows, symbol).toHaveLength(1)
      expect(windows[0]?.to, symbol).toBeGreaterThanOrEqual(until)
    }
  }, 120_000)
}

/** Of all symbols, minutes that are covered and known to be without a row. */
async function absentMinutes(sql: Sql): Promise<Map<string, number>> {
  const rows = await sql<{ symbol: string; minutes: number }[]>`
    select symbol, sum(extract(epoch from upper(part) - lower(part)) / 60)::int as minutes
    from coverage, unnest(absent) as part where dataset = 'ohlcv' group by 1`
  return new Map(rows.map(({ symbol, minutes }) => [symbol, minutes]))
}

/** The table holds exactly the candles of the venue in what is covered, which has no hole; returns the windows. */
export async function expectWholeTruth(
  simulator: VenueSimulator,
  sql: Sql,
  symbols: readonly string[],
): Promise<Map<string, Window>> {
  const known = await coverageOf(sql, 'ohlcv')
  const absent = await absentMinutes(sql)
  const windows = new Map<string, Window>()
  const expected: string[] = []
  for (const symbol of symbols) {
    const [window, ...more] = known.get(symbol) ?? []
    expect(more, `${symbol} is covered in one piece`).toEqual([])
    if (!window) throw new Error(`nothing of ${symbol} is covered`)
    windows.set(symbol, window)
    const rows = trueCandles(simulator.truth, symbol, window)
    expect(rows).toHaveLength((window.to - window.from) / MINUTE - (absent.get(symbol) ?? 0))
    expected.push(...rows)
  }
  const stored = await storedCandles(sql)
  expect(stored.length).toBe(expected.length)
  expect(hashOf(stored)).toBe(hashOf(expected.toSorted()))
  return windows
}

/** Each order that was written to a connection before `until` is stored, once, and no other. */
export async function expectOrders(
  simulator: VenueSimulator,
  sql: Sql,
  symbols: readonly string[],
  until: number,
): Promise<number> {
  const isBefore = (line: string): boolean => Number(line.split(' ')[1]) < until
  const stored = (await storedOrders(sql)).filter(isBefore)
  expect(stored).toEqual(sentOrders(simulator, symbols).filter(isBefore))
  return stored.length
}

/** `symbol ms side price quantity`, decimals without the zeros at their end. */
export async function storedOrders(sql: Sql): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    select concat_ws(' ', symbol, (extract(epoch from ts) * 1000)::bigint, position_side, trim_scale(price),
      trim_scale(quantity)) as line from liquidation_orders`
  return rows.map(({ line }) => line).toSorted()
}

const trim = (decimal: string): string => (decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal)

/** What was really written to a connection, in the same form. */
export function sentOrders(simulator: VenueSimulator, symbols: readonly string[]): string[] {
  const lines = simulator
    .stream()
    .orders.filter(({ symbol }) => symbols.includes(symbol))
    .map(({ symbol, time, positionSide, price, quantity }) =>
      [symbol, time, positionSide, trim(price), trim(quantity)].join(' '),
    )
  return [...new Set(lines)].toSorted()
}
