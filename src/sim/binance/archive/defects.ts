import type { ArchiveFaultKind, FaultRule } from '../../core/faults.ts'

/** The rules that say what is wrong with files for as long as they stand: of the listing, the file and its checksum alike. */
export type DefectRule = FaultRule & { readonly kind: ArchiveFaultKind }

const HEAD = /^[^,\n]*/

/** The time in a row's first cell: milliseconds, or text in UTC. */
function timeOf(line: string): number {
  const cell = HEAD.exec(line)?.[0] ?? ''
  return /^\d+$/.test(cell) ? Number(cell) : Date.parse(`${cell.replace(' ', 'T')}Z`)
}

const isNamed = (line: string, { from, to }: DefectRule): boolean => {
  const time = timeOf(line)
  return time >= (from ?? Number.NEGATIVE_INFINITY) && time < (to ?? Number.POSITIVE_INFINITY)
}

type Change = (lines: string[], rule: DefectRule, isOfMetrics: boolean) => string[]

const [OPEN_INTEREST, INTEREST_VALUE, FIRST_RATIO] = [2, 3, 4]
const HIGH = 2
const ZERO_INTEREST = '0.0000000000000000'

const changeCells =
  (change: (cells: string[], isOfMetrics: boolean) => string[]) =>
  (lines: string[], rule: DefectRule, isOfMetrics: boolean): string[] =>
    lines.map((line) => (isNamed(line, rule) ? change(line.split(','), isOfMetrics).join(',') : line))

/** What a defect makes of the lines of a file, ascending and without header. */
const CHANGES: Partial<Record<ArchiveFaultKind, Change>> = {
  'archive-lacks-rows': (lines, rule) => lines.filter((line) => !isNamed(line, rule)),
  // Plausible in each data set: a higher high, another rate, more open contracts.
  'archive-other-values': changeCells((cells, isOfMetrics) =>
    cells.map((cell, index) => {
      if (isOfMetrics) return index === OPEN_INTEREST ? addOne(cell, true) : cell
      return index === HIGH ? addOne(cell, false) : cell
    }),
  ),
  'archive-doubled': (lines) => lines.flatMap((line) => [line, line]),
  'archive-unsorted': (lines) => lines.toReversed(),
  'archive-empty-cells': changeCells((cells) =>
    cells.map((cell, index) => (index < FIRST_RATIO ? cell : '')),
  ),
  'archive-zero-interest': changeCells((cells) =>
    cells.map((cell, index) => (index === OPEN_INTEREST || index === INTEREST_VALUE ? ZERO_INTEREST : cell)),
  ),
  'archive-edge': (lines) => lines.slice(1),
}

/** Adds one to the whole part, or one unit of the last decimal. */
function addOne(text: string, isWhole: boolean): string {
  const [whole = '0', decimals = ''] = text.split('.')
  if (isWhole) return `${BigInt(whole) + 1n}.${decimals}`
  const digits = BigInt(`${whole}${decimals}`) + 1n
  const padded = (digits < 0n ? -digits : digits).toString().padStart(decimals.length + 1, '0')
  const point = padded.length - decimals.length
  return `${digits < 0n ? '-' : ''}${padded.slice(0, point)}${decimals ? '.' : ''}${padded.slice(point)}`
}

export interface DefectScene {
  readonly isOfMetrics: boolean
  /** First rows of the file behind this one, which only this one holds. */
  readonly borrowed: readonly string[]
}

/** The lines with all that the rules spoil. */
export function spoilLines(
  lines: readonly string[],
  rules: readonly DefectRule[],
  { isOfMetrics, borrowed }: DefectScene,
): string[] {
  return rules.reduce<string[]>(
    (spoiled, rule) => CHANGES[rule.kind]?.(spoiled, rule, isOfMetrics) ?? spoiled,
    [...lines, ...borrowed],
  )
}

/** What a file said before it was replaced: other values in the named rows. */
export const oldVersionOf = (rule: DefectRule): DefectRule => ({ ...rule, kind: 'archive-other-values' })
