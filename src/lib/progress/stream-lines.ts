import { MINUTE, SECOND } from '../model/window.ts'
import type { LastDisconnect, StreamFigures, SymbolState } from '../stream/figures.ts'
import { formatDuration } from '../text/durations.ts'
import { formatCount, formatPlural } from '../text/numbers.ts'
import { toOneLine } from '../text/one-line.ts'
import { formatUtc } from '../text/times.ts'
import { cutToWidth, displayWidth, padToWidth } from '../text/width.ts'
import { type Line, MARKS, type Room, type Tone } from './line.ts'

/** A minute that is over for longer than this, and not in hand, is late. */
const GRACE = 10 * SECOND
/** Minutes that are late from which on a symbol is in trouble. */
const MANY = 5
const GAP = '  '
const HEADINGS = ['symbol', 'price', 'last minute', 'behind'] as const
type Cells = readonly [symbol: string, price: string, minute: string, behind: string]

/** What a screen knows of a stream. */
export interface StreamView {
  readonly figures: StreamFigures
  readonly symbols: readonly SymbolState[]
  /** The venue's time of `symbols`. */
  readonly now: number
  /** Committed since the start. */
  readonly rows: number
  /** The last heartbeat; empty before the first. */
  readonly beat: string
}

/** How a stream is doing, and below that its symbols: those that are late first, the others in their own order. */
export function streamLines(view: StreamView, { width, height }: Room): Line[] {
  const figures = describeFigures(view)
  const room = Math.max(0, height - figures.length)
  return [...figures.slice(0, height), ...describeSymbols(view, room)].map(({ text, tone }) => ({
    text: cutToWidth(text, width),
    tone,
  }))
}

function describeFigures({ figures, rows, beat }: StreamView): Line[] {
  const { live, connections, lagP50, lagP99, spooled, repairing, missingMinutes } = figures
  const lag =
    lagP50 === null || lagP99 === null
      ? ''
      : `, ${formatCount(lagP50)} ms after the event (99 %: ${formatCount(lagP99)} ms)`
  const missing = `${formatPlural(missingMinutes, 'minute')} missing`
  const line = (name: string, text: string, tone: Tone = 'plain'): Line => ({
    text: `${MARKS[tone]} ${padToWidth(name, 11, 'left')}${GAP}${text}`,
    tone,
  })
  return [
    line('connections', `${live} of ${connections} live`, live < connections ? 'partial' : 'plain'),
    line(
      'disconnects',
      describeDisconnect(figures),
      figures.lastDisconnect?.seconds === null ? 'partial' : 'plain',
    ),
    line('rows', `${formatCount(rows)} written${lag}`),
    line(
      'spool',
      spooled > 0 ? `${formatPlural(spooled, 'batch').replace(/chs$/, 'ches')} on the disk` : 'empty',
      spooled > 0 ? 'partial' : 'plain',
    ),
    line(
      'repairs',
      repairing > 0 ? `${formatPlural(repairing, 'symbol')}, ${missing}` : 'none',
      repairing > 0 ? 'partial' : 'plain',
    ),
    line('heartbeat', beat === '' ? 'not yet' : beat),
  ]
}

function describeDisconnect({ disconnects, lastDisconnect }: StreamFigures): string {
  if (!lastDisconnect) return 'none'
  return `${formatCount(disconnects)}, last ${describeLast(lastDisconnect)}`
}

function describeLast({ from, seconds, reason }: LastDisconnect): string {
  const time = formatUtc(from).slice(11)
  return `${time} ${seconds === null ? 'until now' : `for ${seconds.toFixed(1)} s`}: ${toOneLine(reason)}`
}

const minutesLate = ({ doneUntil }: SymbolState, now: number): number =>
  Math.max(0, Math.floor((now - GRACE - doneUntil) / MINUTE))

function describeSymbols({ symbols, now }: StreamView, height: number): Line[] {
  if (height < 2) return []
  // Without those that are late the order never changes: nothing jumps.
  const sorted = symbols.toSorted((a, b) => minutesLate(b, now) - minutesLate(a, now))
  const fits = sorted.length <= height - 1
  const shown = sorted.slice(0, fits ? sorted.length : height - 2)
  const rest = sorted.slice(shown.length)
  const rows = shown.map((state) => ({ tone: toneOf(minutesLate(state, now)), cells: cellsOf(state, now) }))
  const widths = HEADINGS.map((heading, at) =>
    Math.max(displayWidth(heading), ...rows.map(({ cells }) => displayWidth(cells[at] ?? ''))),
  )
  const lay = (cells: readonly string[], tone: Tone): Line => {
    const padded = cells.map((cell, at) => padToWidth(cell, widths[at] ?? 0, at === 0 ? 'left' : 'right'))
    return { text: `${MARKS[tone]} ${padded.join(GAP)}`, tone }
  }
  return [
    { ...lay(HEADINGS, 'plain') },
    ...rows.map(({ cells, tone }) => lay(cells, tone)),
    ...(rest.length > 0 ? [describeRest(rest, now)] : []),
  ]
}

const toneOf = (late: number): Tone => (late === 0 ? 'plain' : late < MANY ? 'partial' : 'failed')

function cellsOf({ symbol, price, doneUntil }: SymbolState, now: number): Cells {
  const minute = formatUtc(doneUntil - MINUTE).slice(11, 16)
  return [toOneLine(symbol), price ?? '', minute, formatDuration(now - doneUntil)]
}

function describeRest(rest: readonly SymbolState[], now: number): Line {
  const late = rest.filter((state) => minutesLate(state, now) > 0).length
  const tone = late > 0 ? 'partial' : 'plain'
  const how = late > 0 ? `${formatCount(late)} of them late` : 'none of them late'
  return { text: `${MARKS[tone]} ${formatPlural(rest.length, 'more symbol')}, ${how}`, tone }
}
