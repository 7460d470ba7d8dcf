import type { LaneState } from '../events.ts'
import type { Dataset } from '../model/market.ts'
import { formatDuration } from '../text/durations.ts'
import { formatCount, formatPercent, formatPlural } from '../text/numbers.ts'
import { toOneLine } from '../text/one-line.ts'
import { cutToWidth, displayWidth, padToWidth } from '../text/width.ts'
import { drawBar } from './bar.ts'
import type { Flow } from './flow.ts'
import { type Line, MARKS, type Room, type Tone } from './line.ts'
import type { ProgressModel } from './progress-model.ts'

/** From left to right. */
const CELLS = ['percent', 'rows', 'rate', 'eta'] as const
type Cell = (typeof CELLS)[number]
/** What has a place first where the screen is narrow. */
const PRECEDENCE: readonly Cell[] = ['percent', 'eta', 'rows', 'rate']
const GAP = '  '
const [SHORTEST_BAR, LONGEST_BAR] = [6, 24]

interface Row {
  readonly label: string
  readonly tone: Tone
  readonly fraction: number | null
  readonly cells: Readonly<Record<Cell, string>>
}

/** A line for each dataset, and below them one for each lane with its budgets. */
export function backfillLines(model: ProgressModel, now: number, { width, height }: Room): Line[] {
  // In the order in which they begin, wherever they were told of first: a line that is there stays where it is.
  const flows = [...model.datasets].toSorted(([, a], [, b]) => compare(a.startedAt, b.startedAt))
  const rows = flows.map(([dataset, flow]) => describeFlow(model, dataset, flow, now))
  const shown = fold(
    layOut(rows, width).map((line) => [line]),
    height,
    'dataset',
  )
  const lanes = [...model.lanes.values()].map((lane) => describeLane(lane, width))
  const below = fold(lanes, height - shown.length, 'lane')
  return [...shown, ...below].map(({ text, tone }) => ({ text: cutToWidth(text, width), tone }))
}

const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1)

function describeFlow(model: ProgressModel, dataset: Dataset, flow: Flow, now: number): Row {
  const tone = flow.end ?? (flow.isOver ? 'done' : flow.isWaiting ? 'waiting' : 'plain')
  const { fraction } = flow
  if (flow.isWaiting) {
    const rows = flow.plannedRows > 0 ? `up to ${formatCount(flow.plannedRows)}` : ''
    return { label: dataset, tone, fraction: null, cells: { percent: '', rows, rate: '', eta: 'waits' } }
  }
  return {
    label: dataset,
    tone,
    fraction: flow.isOver && fraction === null ? 1 : fraction,
    cells: {
      percent: fraction === null ? '' : formatPercent(fraction),
      rows: describeRows(flow),
      rate: `${formatCount(flow.rowsPerSecond(now))}/s`,
      eta: describeTime(model, flow, now),
    },
  }
}

/** `16,578 of 43,199 written` while some are to come. */
function describeRows({ rows, plannedRows, isOver }: Flow): string {
  const all = !isOver && rows < plannedRows ? ` of ${formatCount(plannedRows)}` : ''
  return `${formatCount(rows)}${all} written`
}

function describeTime(model: ProgressModel, flow: Flow, now: number): string {
  if (flow.isOver) return `in ${formatDuration(flow.elapsed(now))}`
  const eta = model.etaOf(flow, now)
  return eta === null ? '' : `ETA ${formatDuration(eta)}`
}

/** Its budgets go on below where they are wider than the screen. */
function describeLane({ lane, state, reason, inFlight, budgets }: LaneState, width: number): Line[] {
  if (state !== 'open')
    return [{ text: `${MARKS.partial} lane ${lane}  ${state}: ${toOneLine(reason ?? '')}`, tone: 'partial' }]
  const spent = budgets
    .filter(({ used }) => used > 0)
    .map(({ pool, used, limit }) => `${pool} ${formatCount(used)}/${formatCount(limit)}`)
  const lines = [`${MARKS.plain} lane ${lane}`]
  for (const part of [...spent, `${formatCount(inFlight)} in flight`]) {
    const longer = `${lines.at(-1)}${GAP}${part}`
    if (displayWidth(longer) <= width) lines.splice(-1, 1, longer)
    else lines.push(`${MARKS.plain}   ${part}`)
  }
  return lines.map((text) => ({ text, tone: 'plain' }))
}

/** As many whole blocks of lines as there is room for; where that is not all, the last line says how many more there are. */
function fold(blocks: readonly (readonly Line[])[], height: number, noun: string): Line[] {
  if (blocks.flat().length <= height) return blocks.flat()
  if (height < 1) return []
  const count = blocks.findIndex((_, at) => blocks.slice(0, at + 1).flat().length >= height)
  const more = blocks.slice(count)
  const shut = more.flat().filter(({ tone }) => tone === 'partial' || tone === 'failed').length
  const trouble = shut > 0 ? `, ${formatCount(shut)} of them not well` : ''
  return [
    ...blocks.slice(0, count).flat(),
    { text: `${MARKS.plain} ${formatPlural(more.length, `more ${noun}`)}${trouble}`, tone: 'plain' },
  ]
}

function layOut(rows: readonly Row[], width: number): Line[] {
  const labelWidth = Math.max(0, ...rows.map(({ label }) => displayWidth(label)))
  const widthOf = (cell: Cell): number => Math.max(0, ...rows.map(({ cells }) => displayWidth(cells[cell])))
  let left = width - MARKS.plain.length - 1 - labelWidth
  const widths = new Map<Cell, number>()
  for (const cell of PRECEDENCE) {
    const size = widthOf(cell)
    if (size === 0 || size + GAP.length > left) continue
    widths.set(cell, size)
    left -= size + GAP.length
  }
  const bar = Math.min(LONGEST_BAR, left - GAP.length)
  return rows.map(({ label, tone, fraction, cells }) => {
    const numbers = CELLS.flatMap((cell) => {
      const size = widths.get(cell)
      return size === undefined ? [] : [padToWidth(cells[cell], size, cell === 'eta' ? 'left' : 'right')]
    })
    const drawn = bar < SHORTEST_BAR ? [] : [fraction === null ? ' '.repeat(bar) : drawBar(fraction, bar)]
    const parts = [padToWidth(label, labelWidth, 'left'), ...drawn, ...numbers]
    return { text: `${MARKS[tone]} ${parts.join(GAP)}`.trimEnd(), tone }
  })
}
