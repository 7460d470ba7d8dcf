import { floorTo, MINUTE, type Window } from '../../lib/model/window.ts'
import { joinSlices } from '../core/candle-block.ts'
import { type CandleSource, type PageQuery, readPage } from '../core/candle-source.ts'
import type { CandleSeries, KlinePage } from './candle-series.ts'
import { applyCorrections, type CandleCorrection } from './corrections.ts'
import type { KlineRow } from './kline-row.ts'
import { createPartial } from './partial-kline.ts'

/** The one-minute candles as they look at a given time: closed ones, the open one in part, corrected ones. */
export class Klines implements CandleSeries {
  readonly source: CandleSource
  readonly #corrections: ReadonlyMap<string, readonly CandleCorrection[]>

  constructor(source: CandleSource, corrections: readonly CandleCorrection[]) {
    this.source = source
    this.#corrections = Map.groupBy(corrections, (correction) => correction.symbol)
  }

  life(symbol: string): Window | undefined {
    return this.source.life(symbol)
  }

  /** One page as a JSON array; the fast way, by copying bytes, wherever nothing has to be changed. */
  page(symbol: string, query: PageQuery, now: number): KlinePage {
    const openMinute = floorTo(now, MINUTE)
    const slices = readPage(this.source, symbol, { ...query, to: Math.min(query.to, openMinute) })
    const bytes = joinSlices(slices)
    const [first] = slices
    const last = slices.at(-1)
    if (!first || !last) return { body: bytes, rows: 0 }
    const rows = slices.reduce((sum, slice) => sum + slice.last - slice.first, 0)
    const from = first.block.openTimes[first.first] ?? 0
    const to = last.block.openTimes[last.last - 1] ?? 0
    const due = (this.#corrections.get(symbol) ?? []).filter(
      ({ openTime, at }) => at <= now && openTime >= from && openTime <= to,
    )
    if (to < openMinute && due.length === 0) return { body: bytes, rows }
    return { body: [Buffer.from(JSON.stringify(changed(bytes, due, now)))], rows }
  }

  /** The candle of one minute as it is, or will be, when it is closed, with the corrections made by `now`. */
  minute(symbol: string, openTime: number, now: number): KlineRow | undefined {
    const query = { from: openTime, to: openTime, limit: 1, end: 'oldest' } as const
    const [row] = parseRows(joinSlices(readPage(this.source, symbol, query)))
    const due = (this.#corrections.get(symbol) ?? []).filter(
      (made) => made.openTime === openTime && made.at <= now,
    )
    return row && due.length > 0 ? applyCorrections([row], due)[0] : row
  }

  /** The newest row, the open one where there is one; none before the first candle. */
  newest(symbol: string, now: number): KlineRow[] {
    return parseRows(this.page(symbol, { from: 0, to: now, limit: 1, end: 'newest' }, now).body)
  }

  /** The rows of a window that are open or closed by `now`. */
  rows(symbol: string, window: Window, now: number): KlineRow[] {
    const query = {
      from: window.from,
      to: window.to - 1,
      limit: Number.POSITIVE_INFINITY,
      end: 'oldest',
    } as const
    return parseRows(this.page(symbol, query, now).body)
  }
}

const parseRows = (parts: readonly Buffer[]): KlineRow[] =>
  JSON.parse(Buffer.concat(parts).toString('latin1'))

function changed(bytes: readonly Buffer[], due: readonly CandleCorrection[], now: number): KlineRow[] {
  const openMinute = floorTo(now, MINUTE)
  const rows = due.length > 0 ? applyCorrections(parseRows(bytes), due) : parseRows(bytes)
  return rows.map((row) => (row[0] === openMinute ? createPartial(row, (now - openMinute) / MINUTE) : row))
}
