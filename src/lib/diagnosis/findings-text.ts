import { toOneLine } from '../text/one-line.ts'
import type { Paint } from '../text/paint.ts'
import { displayWidth, padToWidth, wrapToWidth } from '../text/width.ts'
import { type Finding, GROUPS, type Status } from './finding.ts'
import type { Verdict } from './verdict.ts'

export interface FindingsTextOptions {
  /** Columns of the screen; undefined in a pipe, where nothing is wrapped. */
  readonly width?: number | undefined
  readonly paint: Paint
}

const INDENT = '  '
const LONGEST_STATUS = 'warning'.length
/** With less room beside the names, what is said goes below them. */
const LEAST_ROOM = 48

/** One line for each finding below the name of its group, what to do next on a line of its own; the verdict last. */
export function formatFindings(
  findings: readonly Finding[],
  verdict: Verdict,
  { width, paint }: FindingsTextOptions,
): string {
  const shown = mergeSkipped(findings)
  const nameWidth = Math.max(...shown.map(({ name }) => displayWidth(name)))
  const beside = 2 * INDENT.length + LONGEST_STATUS + nameWidth + INDENT.length
  const layout: Layout = {
    nameWidth,
    margin: width !== undefined && width - beside < LEAST_ROOM ? 2 * INDENT.length : beside,
    isBelow: width !== undefined && width - beside < LEAST_ROOM,
    width,
    paint,
  }
  const groups = GROUPS.map((group) => ({ group, own: shown.filter((one) => one.group === group) }))
  const lines = groups
    .filter(({ own }) => own.length > 0)
    .flatMap(({ group, own }) => [
      paint.title(group),
      ...own.flatMap((one) => formatFinding(one, layout)),
      '',
    ])
  const paintVerdict = verdict.problems > 0 ? paint.failed : paint.completed
  return [...lines, ...wrap(verdict.summary, 0, width).map(paintVerdict)].join('\n')
}

interface Layout {
  readonly nameWidth: number
  /** Columns in front of what is said. */
  readonly margin: number
  readonly isBelow: boolean
  readonly width: number | undefined
  readonly paint: Paint
}

function formatFinding({ status, name, message, hint }: Finding, layout: Layout): string[] {
  const { nameWidth, margin, isBelow, width, paint } = layout
  const paintStatus = painterOf(status, paint)
  const mark = paintStatus(padToWidth(status === 'failed' ? 'FAILED' : status, LONGEST_STATUS, 'left'))
  const head = `${INDENT}${mark}${INDENT}${isBelow ? name : padToWidth(name, nameWidth, 'left')}`
  const paintText = status === 'skipped' ? paint.faint : (text: string): string => text
  const said = wrap(message, margin, width).map(paintText)
  const lead = ' '.repeat(margin)
  const advice = hint === null ? [] : formatHint(hint, margin, width)
  if (isBelow) return [head, ...said.map((line) => lead + line), ...advice]
  const [first = '', ...rest] = said
  return [`${head}${INDENT}${first}`, ...rest.map((line) => lead + line), ...advice]
}

const ARROW = '→ '

function formatHint(hint: string, margin: number, width: number | undefined): string[] {
  const lines = wrap(hint, margin + ARROW.length, width)
  return lines.map((line, at) => ' '.repeat(margin) + (at === 0 ? ARROW : ' '.repeat(ARROW.length)) + line)
}

const wrap = (text: string, margin: number, width: number | undefined): string[] =>
  width === undefined ? [toOneLine(text)] : wrapToWidth(toOneLine(text), Math.max(20, width - margin))

function painterOf(status: Status, paint: Paint): (text: string) => string {
  switch (status) {
    case 'ok':
      return paint.stream
    case 'note':
      return paint.backfill
    case 'warning':
      return paint.warning
    case 'failed':
      return paint.failed
    case 'skipped':
      return paint.faint
  }
}

/** What was not looked at for one reason is one line. */
function mergeSkipped(findings: readonly Finding[]): Finding[] {
  const runs: [Finding, ...Finding[]][] = []
  for (const finding of findings) {
    const run = runs.at(-1)
    if (run && isSameSkip(run[0], finding)) run.push(finding)
    else runs.push([finding])
  }
  return runs.map((run) => {
    const [first, ...more] = run
    if (more.length === 0) return first
    const names = run.map(({ name }) => name).join(', ')
    return { ...first, name: 'others', message: `${first.message}: ${names}` }
  })
}

const isSameSkip = (first: Finding, other: Finding): boolean =>
  first.status === 'skipped' &&
  other.status === 'skipped' &&
  first.group === other.group &&
  first.message === other.message
