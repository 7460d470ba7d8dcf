import { PayloadError } from '../../lib/errors.ts'
import { EntryFields } from '../../lib/http/entry-fields.ts'
import { type BadEntry, readRows } from '../../lib/http/read-rows.ts'
import { toNumber } from '../../lib/model/decimal.ts'
import type { Liquidations } from '../../lib/model/market.ts'
import { DAY, floorTo, MINUTE, type Window } from '../../lib/model/window.ts'
import { isName, isObject, readArray } from '../../lib/venue/read-payload.ts'
import { type ApiRequest, LIST_BYTES } from '../../lib/venue/request.ts'
import type { ParsedRows, Route } from '../../lib/venue/route.ts'
import { CALLS, type CoinalyzeAddress, createCoinalyzeApi, headersOf } from './index.ts'
import { createMarketsEndpoint } from './markets.ts'

const PATH = '/liquidation-history'
const MOST_SYMBOLS = 20
/** Further back than any minute is kept: between 1,500 and 2,000 points a side are. */
const EVERYTHING = 400 * DAY
/** About 3,000 minutes with a liquidation are kept (measured 2026-09). */
const MOST_POINTS = 5_000

/**
 * Liquidated base volume per minute and side. Only minutes with a liquidation have a row; a side whose older points
 * have been deleted shows a false 0 beside the other one, so that nothing is trusted before both sides have begun; an
 * unknown symbol, a wrong unit of time and a range too old all answer `[]` (measured 2026-08).
 */
export function createLiquidationRoute(address: CoinalyzeAddress, exchange: string): Route<'lq'> {
  const names = new Map<string, string>()
  const nameOf = (symbol: string): string => names.get(symbol) ?? symbol
  const request = (symbols: readonly string[], { from, to }: Window): ApiRequest => ({
    baseUrl: address.baseUrl,
    path: PATH,
    ...(symbols.length === 1 && { subject: symbols[0] }),
    // Seconds, both inclusive, on the start of the minute.
    query: {
      symbols: symbols.map(nameOf).join(','),
      interval: '1min',
      from: Math.ceil(from / 1_000),
      to: Math.ceil(to / 1_000) - 1,
    },
    headers: headersOf(address),
    costs: { [CALLS]: symbols.length },
    mostBytes: LIST_BYTES,
  })
  return {
    dataset: 'lq',
    name: 'coinalyze',
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
function findHistory(payload: unknown, name: string): unknown {
  const entries = readArray(payload, PATH)
  const own = entries.filter((entry) => isObject(entry) && entry.symbol === name)
  if (own.length > 1) throw new PayloadError(PATH, `${name} comes ${own.length} times`, own)
  const [found] = own
  if (isObject(found)) return found.history
  // One that cannot be read may be the one that is looked for.
  const odd = entries.find((entry) => !isObject(entry) || !isName(entry.symbol))
  if (odd !== undefined) throw new PayloadError(PATH, 'an entry without a symbol', odd)
  return []
}

function parseLiquidations(history: unknown, window: Window, view: Window): ParsedRows<'lq'> {
  const all = readRows(history, `${PATH}[].history`, MOST_POINTS, readMinute)
  if (all.rows.some(({ ts }) => ts < view.from || ts >= view.to))
    throw new PayloadError(PATH, 'a row outside the range asked for', all.rows)
  const isInside = ({ ts }: { readonly ts: number | undefined }): boolean =>
    ts === undefined || (ts >= window.from && ts < window.to)
  const rows = all.rows.filter((row) => isPositive(row.longVolume) || isPositive(row.shortVolume))
  return {
    rows: rows.filter(isInside),
    rejected: all.rejected.filter(isInside),
    count: all.count,
    trustedFrom: findTrusted(rows, window, view),
  }
}

function readMinute(entry: unknown): Liquidations | BadEntry {
  const fields = new EntryFields(entry)
  const ts = fields.seconds('t')
  if (ts === undefined) return { ts, reason: 't is not a time in seconds' }
  if (ts % MINUTE !== 0) fields.refuse('t is not on the minute')
  const row: Liquidations = {
    ts,
    source: 'coinalyze',
    longVolume: fields.decimal('l', 'not negative'),
    shortVolume: fields.decimal('s', 'not negative'),
    observedSeconds: null,
  }
  return fields.fault === undefined ? row : { ts, reason: fields.fault }
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
