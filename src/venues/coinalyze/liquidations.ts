import { PayloadError } from '../../lib/errors.ts'
import { readArray, readObject } from '../../lib/http/read-payload.ts'
import type { ApiRequest } from '../../lib/http/request.ts'
import { isDecimal, toNumber } from '../../lib/model/decimal.ts'
import type { Liquidations } from '../../lib/model/market.ts'
import { DAY, floorTo, MINUTE, type Window } from '../../lib/model/window.ts'
import type { ParsedRows, RejectedRow, Source } from '../../lib/venue.ts'
import { CALLS, type CoinalyzeAddress, createCoinalyzeApi, headersOf } from './index.ts'
import { createMarketsEndpoint } from './markets.ts'

const PATH = '/liquidation-history'
const MOST_SYMBOLS = 20
/** Further back than any minute is kept: between 1,500 and 2,000 points a side are. */
const EVERYTHING = 400 * DAY

/**
 * Liquidated base volume per minute and side. Only minutes with a liquidation have a row; a side whose older points
 * have been deleted shows a false 0 beside the other one, so that nothing is trusted before both sides have begun; an
 * unknown symbol, a wrong unit of time and a range too old all answer `[]` (measured 2026-08).
 */
export function createLiquidationSource(address: CoinalyzeAddress, exchange: string): Source<'lq'> {
  const names = new Map<string, string>()
  const nameOf = (symbol: string): string => names.get(symbol) ?? symbol
  const request = (symbols: readonly string[], { from, to }: Window): ApiRequest => ({
    baseUrl: address.baseUrl,
    path: PATH,
    // Seconds, both inclusive, on the start of the minute.
    query: {
      symbols: symbols.map(nameOf).join(','),
      interval: '1min',
      from: Math.ceil(from / 1_000),
      to: Math.ceil(to / 1_000) - 1,
    },
    headers: headersOf(address),
    costs: { [CALLS]: symbols.length },
  })
  return {
    dataset: 'lq',
    source: 'coinalyze',
    api: createCoinalyzeApi(address),
    prepare: createMarketsEndpoint(address, exchange, names),
    findRefusal: (symbol) =>
      names.has(symbol) ? undefined : `coinalyze has no market ${symbol} of this exchange`,
    shape: 'events',
    stepMs: MINUTE,
    pageRows: Number.POSITIVE_INFINITY,
    edgeMs: 0,
    // How late a liquidation reaches a third party is not known.
    settleMs: 3 * MINUTE,
    // Up to now: a side that begins only after the window is not one that was never there.
    view: ({ from, to }, attempt, now) => ({
      from: Math.max(0, from - (attempt > 1 || from < now - 2 * DAY ? EVERYTHING : DAY)),
      to: Math.max(to, floorTo(now, MINUTE)),
    }),
    questions: [
      {
        request: (symbol, view) => request([symbol], view),
        batch: { most: MOST_SYMBOLS, request },
        keepsDigits: true,
        parse: (payload, symbol, window, view) =>
          parseLiquidations(findHistory(payload, nameOf(symbol)), window, view),
      },
    ],
  }
}

/** The entries of one symbol; none where the answer leaves the symbol out. */
function findHistory(payload: unknown, name: string): readonly unknown[] {
  for (const entry of readArray(payload, PATH)) {
    const { symbol, history } = readObject(entry, `${PATH}[]`)
    const rows = readArray(history, `${PATH}[].history`)
    if (symbol === name) return rows
  }
  return []
}

function parseLiquidations(history: readonly unknown[], window: Window, view: Window): ParsedRows<'lq'> {
  const rows: Liquidations[] = []
  const rejected: RejectedRow[] = []
  for (const entry of history) {
    const { t, l, s } = readObject(entry, `${PATH}[].history[]`)
    const ts = Number(t) * 1_000
    if (!Number.isSafeInteger(ts) || ts <= 0)
      throw new PayloadError(`${PATH}.t`, 'expected a time in seconds', entry)
    if (ts < view.from || ts >= view.to)
      throw new PayloadError(PATH, 'a row outside the range asked for', entry)
    const row = {
      ts,
      source: 'coinalyze',
      longVolume: String(l),
      shortVolume: String(s),
      observedSeconds: null,
    }
    const reason = findFault(row)
    if (reason !== undefined) rejected.push({ ts, row: entry, reason })
    else if (isPositive(row.longVolume) || isPositive(row.shortVolume)) rows.push(row)
  }
  const isInside = ({ ts = 0 }: { readonly ts: number | undefined }): boolean =>
    ts >= window.from && ts < window.to
  return {
    rows: rows.filter(isInside),
    rejected: rejected.filter(isInside),
    count: history.length,
    trustedFrom: findTrusted(rows, window, view),
  }
}

/**
 * Where both sides have begun. A side without any row on the whole record has not been cut: only long series are, and
 * then the other one tells alone.
 */
function findTrusted(rows: readonly Liquidations[], window: Window, view: Window): number {
  const first = (side: 'longVolume' | 'shortVolume'): number | undefined =>
    rows.reduce<number | undefined>(
      (least, row) => (isPositive(row[side]) ? Math.min(row.ts, least ?? row.ts) : least),
      undefined,
    )
  const begins = [first('longVolume'), first('shortVolume')]
  const known = begins.filter((ts) => ts !== undefined)
  const seesAll = window.from - view.from >= EVERYTHING
  return known.length === 2 || (known.length === 1 && seesAll) ? Math.max(...known) : Number.POSITIVE_INFINITY
}

const isPositive = (text: string): boolean => toNumber(text) > 0

function findFault({ ts, longVolume, shortVolume }: Liquidations): string | undefined {
  if (ts % MINUTE !== 0) return 't is not on the minute'
  if (!isDecimal(longVolume) || !isDecimal(shortVolume)) return 'l or s is not a number'
  return toNumber(longVolume) < 0 || toNumber(shortVolume) < 0 ? 'l or s is below 0' : undefined
}
