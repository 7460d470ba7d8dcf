import type { Dataset } from '../model/market.ts'
import { formatDuration } from '../text/durations.ts'
import { formatCount, formatPercent, formatPlural } from '../text/numbers.ts'
import { toOneLine } from '../text/one-line.ts'
import { cutToWidth, displayWidth, padToWidth } from '../text/width.ts'
import type { LaneProgress, ProgressModel } from './progress-model.ts'

/** One line; `text` stands in place of the numbers. */
interface Line {
  readonly lane: string
  readonly label: string
  readonly cells?: Cells
  readonly text?: string
}

/** Left to right. */
const CELLS = ['percent', 'rows', 'rate', 'weight', 'inFlight', 'eta'] as const
type Cell = (typeof CELLS)[number]
type Cells = Readonly<Record<Cell, string>>
/** What goes first where the screen is narrow. */
const EXPENDABLE: readonly Cell[] = ['inFlight', 'rows', 'weight', 'rate', 'eta']
const GAP = '  '

/** A line per lane and dataset, at most `most` of them, each at most `width` columns. */
export function listLines(model: ProgressModel, now: number, width: number, most = 8): string[] {
  const all = [...laneLines(model, now), ...idleLines(model, now)]
  const shown =
    all.length > most ? [...all.slice(0, most - 1), foldLines(model, all.slice(most - 1), now)] : all
  return layOut(shown, width)
}

function laneLines(model: ProgressModel, now: number): Line[] {
  return [...model.lanes.values()].flatMap((lane) => {
    const { state } = lane
    const reason = state.state === 'open' ? undefined : `${state.state}: ${toOneLine(state.reason ?? '')}`
    if (lane.datasets.size === 0) return [{ lane: state.lane, label: state.lane, text: reason ?? 'idle' }]
    return [...lane.datasets].map(([dataset, share]): Line => {
      const label = `${dataset} ${state.lane}`
      if (reason !== undefined) return { lane: state.lane, label, text: reason }
      return { lane: state.lane, label, cells: cellsOf(model, dataset, lane, share, now) }
    })
  })
}

function cellsOf(
  model: ProgressModel,
  dataset: Dataset,
  { state }: LaneProgress,
  share: { rows: number; rate: { perSecond(now: number): number } },
  now: number,
): Cells {
  return {
    ...flowCells(model, dataset, now),
    rows: formatPlural(share.rows, 'row'),
    rate: `${formatCount(share.rate.perSecond(now))} rows/s`,
    weight:
      state.weightLimit > 0
        ? `weight ${formatCount(state.weightUsed)}/${formatCount(state.weightLimit)}`
        : '',
    inFlight: `${formatCount(state.inFlight)} in flight`,
  }
}

function flowCells(model: ProgressModel, dataset: Dataset, now: number): Cells {
  const flow = model.datasets.get(dataset)
  const fraction = flow?.fraction ?? null
  const eta = flow?.eta(now) ?? null
  return {
    percent: fraction === null ? '' : formatPercent(fraction),
    rows: formatPlural(flow?.rows ?? 0, 'row'),
    rate: `${formatCount(flow?.rowsPerSecond(now) ?? 0)} rows/s`,
    weight: '',
    inFlight: '',
    eta: fraction === 1 ? 'done' : eta === null ? '' : `ETA ${formatDuration(eta)}`,
  }
}

/** Datasets that no lane has fetched for: not begun yet, or made from what is stored. */
function idleLines(model: ProgressModel, now: number): Line[] {
  const fetched = new Set(model.lanes.values().flatMap((lane) => lane.datasets.keys()))
  const idle = model.datasets.keys().filter((dataset) => !fetched.has(dataset))
  return [...idle].map((dataset) => ({ lane: '', label: dataset, cells: flowCells(model, dataset, now) }))
}

function foldLines(model: ProgressModel, hidden: readonly Line[], now: number): Line {
  const lanes = new Set(hidden.map((line) => line.lane).filter((lane) => lane !== ''))
  const states = [...lanes].flatMap((name) => model.lanes.get(name) ?? [])
  const rate = states
    .flatMap((lane) => [...lane.datasets.values()])
    .reduce((sum, share) => sum + share.rate.perSecond(now), 0)
  const inFlight = states.reduce((sum, lane) => sum + lane.state.inFlight, 0)
  const shut = states.filter((lane) => lane.state.state !== 'open').length
  const text = `${formatCount(rate)} rows/s, ${formatCount(inFlight)} in flight${shut > 0 ? `, ${formatCount(shut)} shut` : ''}`
  return {
    lane: '',
    label:
      lanes.size > 0 ? formatPlural(lanes.size, 'more lane') : formatPlural(hidden.length, 'more dataset'),
    text,
  }
}

function layOut(lines: readonly Line[], width: number): string[] {
  const labelWidth = Math.max(0, ...lines.map((line) => displayWidth(line.label)))
  const widthOf = (cell: Cell): number =>
    Math.max(0, ...lines.map((line) => displayWidth(line.cells?.[cell] ?? '')))
  const widths = new Map(CELLS.map((cell) => [cell, widthOf(cell)] as const).filter(([, size]) => size > 0))
  for (const cell of EXPENDABLE) {
    const total = widths.values().reduce((sum, size) => sum + size + GAP.length, labelWidth)
    if (total > width) widths.delete(cell)
  }
  return lines.map(({ label, cells, text }) => {
    const numbers = [...widths].map(([cell, size]) =>
      padToWidth(cells?.[cell] ?? '', size, cell === 'eta' ? 'left' : 'right'),
    )
    const rest = cells ? numbers : [text ?? '']
    return cutToWidth([padToWidth(label, labelWidth, 'left'), ...rest].join(GAP).trimEnd(), width)
  })
}
