import { PayloadError } from '../errors.ts'
import type { Dataset, Row, RowOf } from '../model/market.ts'
import { floorTo, intersect, pointsToWindows, span, subtract, type Window } from '../model/window.ts'
import type { RejectedRow, Route } from '../venue/route.ts'
import type { MergedRows } from './merge-answers.ts'

/** What an answer says about the window that it was asked for. The kinds of windows never overlap. */
export interface Page<D extends Dataset> {
  readonly window: Window
  /** Oldest first, one per `ts`, all inside the window. */
  readonly rows: readonly RowOf[D][]
  /** Where the rows stand (grid), or all that the answer speaks for (events). */
  readonly covered: readonly Window[]
  /** Steps without a row between two rows of the answer: the venue has none, or left it out this time. */
  readonly missing: readonly Window[]
  /** Steps without a row before the first or after the last one of the answer, or of an answer without any. */
  readonly outer: readonly Window[]
  /** Steps of which some answers have their part, and one that ends before or begins after has not. */
  readonly halves: readonly Window[]
  /** What there is of them. */
  readonly halfRows: readonly RowOf[D][]
  /** Too new to be final: asked again later. */
  readonly open: readonly Window[]
  /** Of this the answer does not speak, whatever it holds: asked with a wider view, or not to be had. */
  readonly untrusted: readonly Window[]
  /** The answer speaks of nothing at all. */
  readonly isWorthless: boolean
  /** Cut off by the page size: to be asked next. */
  readonly rest: Window | undefined
  /** Steps whose row breaks a rule: asked again, and a gap as long as it does. */
  readonly broken: readonly Window[]
  readonly rejected: readonly RejectedRow[]
  readonly duplicates: number
}

/** The part of a page that lies in `windows`: what a question for a few missing rows was about. */
export function restrictPage<D extends Dataset>(page: Page<D>, windows: readonly Window[]): Page<D> {
  const isInside = (ts: number): boolean => windows.some(({ from, to }) => ts >= from && ts < to)
  return {
    ...page,
    rows: page.rows.filter((row) => isInside(row.ts)),
    rejected: page.rejected.filter(({ ts }) => ts === undefined || isInside(ts)),
    covered: intersect(page.covered, windows),
    missing: intersect(page.missing, windows),
    outer: intersect(page.outer, windows),
    halves: intersect(page.halves, windows),
    halfRows: page.halfRows.filter((row) => isInside(row.ts)),
    open: intersect(page.open, windows),
    untrusted: intersect(page.untrusted, windows),
    broken: intersect(page.broken, windows),
  }
}

function stepAt(route: Route, ts: number): Window {
  const from = floorTo(ts, route.stepMs)
  return { from, to: from + route.stepMs }
}

/** Up to here an answer is final. Whole steps: a gap that began inside of one would never be asked for its row. */
const finalEnd = (route: Route, now: number): number => floorTo(now - route.edgeMs, route.stepMs)

export interface PageTerms {
  /** The venue's time that the page is judged by. */
  readonly now: number
  /** Rows of which an answer lacks its part are taken as they are: they have been asked for often enough. */
  readonly takesPartial: boolean
  /** Also rows of which an answer does not reach that far: it is proven that it has no more. */
  readonly takesHalves?: boolean
}

/** Throws `PayloadError` if a row lies outside of `window`: then the answer is one to another question. */
export function requireInside(route: Route, symbol: string, window: Window, rows: readonly Row[]): void {
  const stranger = rows.find((row) => row.ts < window.from || row.ts >= window.to)
  if (!stranger) return
  const place = `${route.dataset} of ${symbol}`
  throw new PayloadError(place, 'a row outside the window that was asked for', stranger)
}

export function readPage<D extends Dataset>(
  route: Route<D>,
  window: Window,
  answers: MergedRows<D>,
  { now, takesPartial, takesHalves = false }: PageTerms,
): Page<D> {
  const { duplicates, trustedFrom = 0 } = answers
  const rejected = answers.rejected.filter(({ ts = trustedFrom }) => ts >= trustedFrom)
  const steps = rejected.flatMap(({ ts }) => (ts === undefined ? [] : [stepAt(route, ts)]))
  const untrusted =
    trustedFrom > window.from ? [{ from: window.from, to: Math.min(trustedFrom, window.to) }] : []
  const broken = subtract(intersect([window], steps), untrusted)
  const left = subtract([window], untrusted).at(0)
  const isTaken = (ts: number): boolean => {
    if (ts < trustedFrom) return false
    // A minute whose other row was refused is not known, however sound this one looks.
    if (broken.some(({ from, to }) => ts >= from && ts < to)) return false
    if (!answers.partial.has(ts)) return true
    if (answers.unreached.has(ts)) return takesHalves
    return takesPartial && ts < finalEnd(route, now)
  }
  const isPlain = broken.length === 0 && answers.partial.size === 0 && untrusted.length === 0
  const rows = isPlain ? answers.rows : answers.rows.filter(({ ts }) => isTaken(ts))
  const isWorthless = trustedFrom === Number.POSITIVE_INFINITY
  const page = { window, rows, halfRows: [], broken, rejected, duplicates, untrusted, isWorthless }
  if (!left) return { ...page, covered: [], missing: [], outer: [], halves: [], open: [], rest: undefined }
  // Nearly all pages are such.
  if (isPlain && route.shape === 'grid' && rows.length === span(left) / route.stepMs)
    return { ...page, covered: [left], missing: [], outer: [], halves: [], open: [], rest: undefined }
  const { partial, unreached } = answers
  const extent =
    route.shape === 'grid'
      ? readGrid(route, left, { ...page, partial, unreached, seen: seenIn(route, answers) }, now)
      : readEvents(route, left, { ...page, count: answers.count }, now)
  const isHalf = (ts: number): boolean => extent.halves.some(({ from, to }) => ts >= from && ts < to)
  const halfRows = extent.halves.length === 0 ? [] : answers.rows.filter(({ ts }) => isHalf(ts))
  return { ...page, ...extent, halfRows }
}

/** From the first to the last row of an answer, good or bad: what lies between them the venue has looked at. */
function seenIn({ stepMs }: Route, { rows, rejected }: MergedRows<Dataset>): readonly Window[] {
  const times = [rows[0]?.ts, rows.at(-1)?.ts, ...rejected.map(({ ts }) => ts)].filter(
    (ts) => ts !== undefined,
  )
  if (times.length === 0) return []
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const ts of times) [from, to] = [Math.min(from, ts), Math.max(to, ts)]
  return [{ from: floorTo(from, stepMs), to: floorTo(to, stepMs) + stepMs }]
}

interface Extent {
  readonly covered: readonly Window[]
  readonly missing: readonly Window[]
  readonly outer: readonly Window[]
  readonly halves: readonly Window[]
  readonly open: readonly Window[]
  readonly rest: Window | undefined
}

interface GridAnswer {
  readonly rows: readonly Row[]
  readonly broken: readonly Window[]
  readonly partial: ReadonlySet<number>
  readonly unreached: ReadonlySet<number>
  readonly seen: readonly Window[]
}

function readGrid(
  route: Route,
  window: Window,
  { rows, broken, partial, unreached, seen }: GridAnswer,
  now: number,
): Extent {
  const covered = pointsToWindows(
    rows.map((row) => row.ts),
    route.stepMs,
  )
  const lacking = subtract([window], [...covered, ...broken])
  const lastRow = rows.at(-1)
  const final = finalEnd(route, now)
  const edge = Math.max(final, lastRow ? lastRow.ts + route.stepMs : window.from)
  const tail = window.to > final && edge < window.to ? [{ from: edge, to: window.to }] : []
  // The other part of a new row may come any moment.
  const young = pointsToWindows(
    [...partial].filter((ts) => ts >= final),
    route.stepMs,
  )
  const open = intersect(lacking, [...tail, ...young])
  const left = subtract(lacking, open)
  const halves = intersect(left, pointsToWindows([...unreached], route.stepMs))
  const missing = subtract(intersect(left, seen), halves)
  const outer = subtract(left, [...missing, ...halves])
  return { covered, missing, outer, halves, open, rest: undefined }
}

/** What a full answer tells of: all but the side on which the venue leaves out what does not fit. */
const cutAt = (
  { keeps = 'oldest', stepMs }: Route,
  { from, to }: Window,
  { first, last }: { readonly first: number; readonly last: number },
): readonly [from: number, to: number] =>
  keeps === 'oldest' ? [from, Math.min(to, last + stepMs)] : [Math.max(from, Math.min(to, first)), to]

interface EventsAnswer {
  readonly rows: readonly Row[]
  readonly rejected: readonly RejectedRow[]
  readonly broken: readonly Window[]
  readonly count: number
}

function readEvents(
  route: Route,
  window: Window,
  { rows, rejected, broken, count }: EventsAnswer,
  now: number,
): Extent {
  const times = [...rows.map(({ ts }) => ts), ...rejected.flatMap(({ ts }) => ts ?? [])]
  const last = Math.max(...times, 0)
  // Of rows without a time nobody knows where they end.
  const isFull = count >= route.pageRows && times.length > 0
  const [from, to] = isFull
    ? cutAt(route, window, { first: Math.min(...times), last })
    : [window.from, window.to]
  const final = Math.min(to, Math.max(finalEnd(route, now), last + route.stepMs, from))
  const covered = from < final ? subtract([{ from, to: final }], broken) : []
  const open = final < to ? [{ from: final, to }] : []
  const [rest] = subtract([window], [{ from, to }])
  return { covered, missing: [], outer: [], halves: [], open, rest }
}
