import { DAY, HOUR, MINUTE, SECOND } from '../../lib/model/window.ts'
import type { Answer, RowShape } from '../core/answer.ts'
import { formatPlain, type LiquidationSums, type Liquidations } from '../core/liquidations.ts'
import type { Route } from '../core/venue-desk.ts'
import type { VenueSymbol } from './future-markets.ts'
import { countCalls, MAX_SYMBOLS, readSymbols } from './limits.ts'
import { readHistory } from './liquidation-history.ts'
import { WIRE_ERRORS } from './wire-errors.ts'

const INTERVALS: ReadonlyMap<string, number> = new Map([
  ['1min', MINUTE],
  ['5min', 5 * MINUTE],
  ['15min', 15 * MINUTE],
  ['30min', 30 * MINUTE],
  ['1hour', HOUR],
  ['2hour', 2 * HOUR],
  ['4hour', 4 * HOUR],
  ['6hour', 6 * HOUR],
  ['12hour', 12 * HOUR],
  ['daily', DAY],
])

const SHAPE: RowShape = { within: 'history', time: 't', values: ['l', 's'], size: 'l' }

export interface LiquidationDesk {
  readonly liquidations: Liquidations
  /** The venue's symbol behind a name; null: of another exchange, without data; undefined: unknown. */
  find(name: string): VenueSymbol | null | undefined
  /** What happened up to then, inclusive, is published. */
  knownUntil(): number
  /** Newest points that are kept of each side, for every interval but the daily one. */
  readonly retainedPoints: number
  /** Whether a symbol without a row in the range is told with an empty history, or left out. */
  readonly hasEmptyHistories: boolean
}

interface Asked {
  readonly names: readonly string[]
  readonly interval: number
  /** Milliseconds, inclusive. */
  readonly from: number
  readonly to: number
  readonly isInUsd: boolean
}

export function createLiquidationRoute(desk: LiquidationDesk): Route {
  return {
    path: '/liquidation-history',
    shape: SHAPE,
    cost: countCalls,
    answer: (query) => answerHistory(query, desk),
    tail: (query) => answerHistory(asTail(query, desk.knownUntil()), desk),
  }
}

function answerHistory(query: URLSearchParams, desk: LiquidationDesk): Answer {
  const asked = readQuestion(query)
  if ('status' in asked) return asked
  const histories = asked.names.flatMap((name) => {
    const symbol = desk.find(name)
    if (symbol === undefined) return []
    const rows = symbol === null ? [] : renderRows(symbol, asked, desk)
    return rows.length > 0 || desk.hasEmptyHistories ? [{ name, rows }] : []
  })
  // Written by hand: a number keeps all its digits, as the truth has them.
  const items = histories.map(
    ({ name, rows }) => `{"symbol":${JSON.stringify(name)},"history":[${rows.join(',')}]}`,
  )
  const rows = histories.reduce((sum, history) => sum + history.rows.length, 0)
  return { status: 200, body: `[${items.join(',')}]`, rows }
}

function readQuestion(query: URLSearchParams): Asked | Answer {
  for (const name of ['symbols', 'interval', 'from', 'to']) {
    if (!query.get(name)) return WIRE_ERRORS.missing(name)
  }
  const names = readSymbols(query)
  if (names.length > MAX_SYMBOLS) return WIRE_ERRORS.tooManySymbols(MAX_SYMBOLS)
  const interval = INTERVALS.get(query.get('interval') ?? '')
  if (interval === undefined) return WIRE_ERRORS.badInterval([...INTERVALS.keys()])
  const wrongTime = ['from', 'to'].find((name) => !/^\d{1,15}$/.test(query.get(name) ?? ''))
  if (wrongTime) return WIRE_ERRORS.badTime(wrongTime)
  const flag = query.get('convert_to_usd') ?? 'false'
  if (flag !== 'true' && flag !== 'false') return WIRE_ERRORS.badFlag('convert_to_usd')
  const [from, to] = [Number(query.get('from')) * SECOND, Number(query.get('to')) * SECOND]
  return { names: [...new Set(names)], interval, from, to, isInUsd: flag === 'true' }
}

function renderRows(source: VenueSymbol, asked: Asked, desk: LiquidationDesk): string[] {
  const { interval, isInUsd } = asked
  const buckets = readHistory(desk.liquidations, source.symbol, {
    from: asked.from,
    to: asked.to,
    interval,
    knownUntil: desk.knownUntil(),
    retainedPoints: interval === DAY ? Number.POSITIVE_INFINITY : desk.retainedPoints,
  })
  const decimals = source.sizeDecimals + (isInUsd ? source.priceDecimals : 0)
  const render = ({ openTime, ...sums }: LiquidationSums): string => {
    const long = formatPlain(isInUsd ? sums.longQuote : sums.long, decimals)
    const short = formatPlain(isInUsd ? sums.shortQuote : sums.short, decimals)
    return `{"t":${openTime / SECOND},"l":${long},"s":${short}}`
  }
  return buckets.map(render)
}

/** The same length of time, up to now. */
function asTail(query: URLSearchParams, now: number): URLSearchParams {
  const tail = new URLSearchParams(query)
  const end = Math.floor(now / SECOND)
  const length = Number(query.get('to')) - Number(query.get('from'))
  tail.set('from', String(end - length))
  tail.set('to', String(end))
  return tail
}
