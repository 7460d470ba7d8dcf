import { PayloadError } from '../errors.ts'
import type { Dataset, Row, RowOf } from '../model/market.ts'
import { floorTo, intersect, pointsToWindows, span, subtract, type Window } from '../model/window.ts'
import type { RejectedRow, Source } from '../venue/venue.ts'
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

function stepAt(source: Source, ts: number): Window {
  const from = floorTo(ts, source.stepMs)
  return { from, to: from + source.stepMs }
}

/** Up to here an answer is final. Whole steps: a gap that began inside of one would never be asked for its row. */
const finalEnd = (source: Source, now: number): number => floorTo(now - source.edgeMs, source.stepMs)

export interface PageTerms {
  /** The venue's time that the page is judged by. */
  readonly now: number
  /** Rows of which an answer lacks its part are taken as they are: they have been asked for often enough. */
  readonly takesPartial: boolean
  /** Also rows of which an answer does not reach that far: it is proven that it has no more. */
  readonly takesHalves?: boolean
}

/** Throws `PayloadError` if a row lies outside of `window`: then the answer is one to another question. */
export function requireInside(source: Source, symbol: string, window: Window, rows: readonly Row[]): void {
  const stranger = rows.find((row) => row.ts < window.from || row.ts >= window.to)
  if (!stranger) return
  const place = `${source.dataset} of ${symbol}`
  throw new PayloadError(place, 'a row outside the window that was asked for', stranger)
}

export function readPage<D extends Dataset>(
  source: Source<D>,
  window: Window,
  answers: MergedRows<D>,
  { now, takesPartial, takesHalves = false }: PageTerms,
): Page<D> {
  const { duplicates, trustedFrom = 0 } = answers
  const rejected = answers.rejected.filter(({ ts = trustedFrom }) => ts >= trustedFrom)
  const steps = rejected.flatMap(({ ts }) => (ts === undefined ? [] : [stepAt(source, ts)]))
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
    return takesPartial && ts < finalEnd(source, now)
  }
  const isPlain = broken.length === 0 && answers.partial.size === 0 && untrusted.length === 0
  const rows = isPlain ? answers.rows : answers.rows.filter(({ ts }) => isTaken(ts))
  const isWorthless = trustedFrom === Number.POSITIVE_INFINITY
  const page = { window, rows, halfRows: [], broken, rejected, duplicates, untrusted, isWorthless }
  if (!left) return { ...page, covered: [], missing: [], outer: [], halves: [], open: [], rest: undefined }
  // Nearly all pages are such.
  if (isPlain && source.shape === 'grid' && rows.length === span(left) / source.stepMs)
    return { ...page, covered: [left], missing: [], outer: [], halves: [], open: [], rest: undefined }
  const { partial, unreached } = answers
  const extent =
    source.shape === 'grid'
      ? readGrid(source, left, { ...page, partial, unreached, seen: seenIn(source, answers) }, now)
      : readEvents(source, left, { ...page, count: answers.count }, now)
  const isHalf = (ts: number): boolean => extent.halves.some(({ from, to }) => ts >= from && ts < to)
  const halfRows = extent.halves.length === 0 ? [] : answers.rows.filter(({ ts }) => isHalf(ts))
  return { ...page, ...extent, halfRows }
}

/** From the first to the last row of an answer, good or bad: what lies between them the venue has looked at. */
function seenIn({ stepMs }: Source, { rows, rejected }: MergedRows<Dataset>): readonly Window[] {
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
  source: Source,
  window: Window,
  { rows, broken, partial, unreached, seen }: GridAnswer,
  now: number,
): Extent {
  const covered = pointsToWindows(
    rows.map((row) => row.ts),
    source.stepMs,
  )
  const lacking = subtract([window], [...covered, ...broken])
  const lastRow = rows.at(-1)
  const final = finalEnd(source, now)
  const edge = Math.max(final, lastRow ? lastRow.ts + source.stepMs : window.from)
  const tail = window.to > final && edge < window.to ? [{ from: edge, to: window.to }] : []
  // The other part of a new row may come any moment.
  const young = pointsToWindows(
    [...partial].filter((ts) => ts >= final),
    source.stepMs,
  )
  const open = intersect(lacking, [...tail, ...young])
  const left = subtract(lacking, open)
  const halves = intersect(left, pointsToWindows([...unreached], source.stepMs))
  const missing = subtract(intersect(left, seen), halves)
  const outer = subtract(left, [...missing, ...halves])
  return { covered, missing, outer, halves, open, rest: undefined }
}

interface EventsAnswer {
  readonly rows: readonly Row[]
  readonly rejected: readonly RejectedRow[]
  readonly broken: readonly Window[]
  readonly count: number
}

function readEvents(
  source: Source,
  window: Window,
  { rows, rejected, broken, count }: EventsAnswer,
  now: number,
): Extent {
  const last = Math.max(...rows.map((row) => row.ts), ...rejected.map((row) => row.ts ?? 0), 0)
  if (count >= source.pageRows) {
    const cut = last + source.stepMs
    const rest = cut < window.to ? { from: cut, to: window.to } : undefined
    const whole = [{ from: window.from, to: Math.min(cut, window.to) }]
    return { covered: subtract(whole, broken), missing: [], outer: [], halves: [], open: [], rest }
  }
  const final = Math.min(window.to, Math.max(finalEnd(source, now), last + source.stepMs, window.from))
  const covered = window.from < final ? subtract([{ from: window.from, to: final }], broken) : []
  const open = final < window.to ? [{ from: final, to: window.to }] : []
  return { covered, missing: [], outer: [], halves: [], open, rest: undefined }
}
