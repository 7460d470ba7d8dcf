import { PayloadError } from '../errors.ts'
import type { Dataset, RowOf } from '../model/market.ts'
import { floorTo, intersect, pointsToWindows, subtract, type Window } from '../model/window.ts'
import type { ParsedRows, RejectedRow, Source } from '../venue.ts'

/** What an answer says about the window that it was asked for. The four kinds of windows never overlap. */
export interface Page<D extends Dataset> {
  readonly window: Window
  /** Oldest first, one per `ts`, all inside the window. */
  readonly rows: readonly RowOf[D][]
  /** Where the rows stand (grid), or all that the answer speaks for (events). */
  readonly covered: readonly Window[]
  /** Grid points without a row: the venue has none, or left it out this time. */
  readonly missing: readonly Window[]
  /** Too new to be final: asked again later. */
  readonly open: readonly Window[]
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
    open: intersect(page.open, windows),
    broken: intersect(page.broken, windows),
  }
}

function stepAt(source: Source, ts: number): Window {
  const from = floorTo(ts, source.stepMs)
  return { from, to: from + source.stepMs }
}

/** Up to here an answer is final. Whole steps: a gap that began inside of one would never be asked for its row. */
const finalEnd = (source: Source, now: number): number => floorTo(now - source.edgeMs, source.stepMs)

/** Throws `PayloadError` if a row lies outside of `window`: then the answer is one to another question. */
export function readPage<D extends Dataset>(
  source: Source<D>,
  symbol: string,
  window: Window,
  parsed: ParsedRows<D>,
  now: number,
): Page<D> {
  const stranger = parsed.rows.find((row) => row.ts < window.from || row.ts >= window.to)
  if (stranger)
    throw new PayloadError(
      `${source.dataset} of ${symbol}`,
      'a row outside the window that was asked for',
      stranger,
    )
  const { rows, conflicts, duplicates } = sortOut(parsed.rows)
  const rejected = [...parsed.rejected, ...conflicts]
  const steps = rejected.flatMap(({ ts }) => (ts === undefined ? [] : [stepAt(source, ts)]))
  const broken = intersect([window], steps)
  // A minute whose other row was refused is not known, however sound this one looks.
  const sound =
    broken.length === 0
      ? rows
      : rows.filter((row) => !broken.some(({ from, to }) => row.ts >= from && row.ts < to))
  const shared = { window, rows: sound, broken, rejected, duplicates }
  return source.shape === 'grid'
    ? { ...shared, ...readGrid(source, window, sound, broken, now) }
    : { ...shared, ...readEvents(source, window, parsed, broken, now) }
}

interface Extent {
  readonly covered: readonly Window[]
  readonly missing: readonly Window[]
  readonly open: readonly Window[]
  readonly rest: Window | undefined
}

function readGrid(
  source: Source,
  window: Window,
  rows: readonly { ts: number }[],
  broken: readonly Window[],
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
  const open = window.to > final && edge < window.to ? [{ from: edge, to: window.to }] : []
  return { covered, missing: subtract(lacking, open), open: subtract(open, broken), rest: undefined }
}

function readEvents<D extends Dataset>(
  source: Source<D>,
  window: Window,
  parsed: ParsedRows<D>,
  broken: readonly Window[],
  now: number,
): Extent {
  const last = Math.max(...parsed.rows.map((row) => row.ts), ...parsed.rejected.map((row) => row.ts ?? 0), 0)
  if (parsed.count >= source.pageRows) {
    const cut = last + source.stepMs
    const rest = cut < window.to ? { from: cut, to: window.to } : undefined
    return {
      covered: subtract([{ from: window.from, to: Math.min(cut, window.to) }], broken),
      missing: [],
      open: [],
      rest,
    }
  }
  const final = Math.min(window.to, Math.max(finalEnd(source, now), last + source.stepMs, window.from))
  const covered = window.from < final ? subtract([{ from: window.from, to: final }], broken) : []
  const open = final < window.to ? [{ from: final, to: window.to }] : []
  return { covered, missing: [], open, rest: undefined }
}

/** Sorts by time; the same row twice counts once; two different rows of one minute are both refused. */
function sortOut<R extends { ts: number }>(
  rows: readonly R[],
): { rows: R[]; conflicts: RejectedRow[]; duplicates: number } {
  let isSorted = true
  for (let at = 1; at < rows.length && isSorted; at += 1)
    isSorted = (rows[at - 1]?.ts ?? 0) < (rows[at]?.ts ?? 0)
  if (isSorted) return { rows: [...rows], conflicts: [], duplicates: 0 }
  const byTime = new Map<number, R[]>()
  for (const row of rows) {
    const same = byTime.get(row.ts) ?? []
    if (!same.some((other) => JSON.stringify(other) === JSON.stringify(row))) same.push(row)
    byTime.set(row.ts, same)
  }
  const times = [...byTime.keys()].toSorted((a, b) => a - b)
  const kept = times.flatMap((ts) => (byTime.get(ts)?.length === 1 ? (byTime.get(ts) ?? []) : []))
  const conflicts = times
    .filter((ts) => (byTime.get(ts)?.length ?? 0) > 1)
    .map((ts) => ({ ts, row: byTime.get(ts), reason: 'two different rows of the same time' }))
  const total = [...byTime.values()].reduce((sum, same) => sum + same.length, 0)
  return { rows: kept, conflicts, duplicates: rows.length - total }
}
