import { formatTable } from '../../src/lib/text/table.ts'

/** One measured number with what it should be. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** Null where the number is told for its own sake. */
  readonly goal: string | null
  readonly isMet: boolean | null
}

/** What one part of the benchmark brings: its figures, and the numbers that they were made from. */
export interface Part {
  readonly figures: readonly Figure[]
  readonly details: Readonly<Record<string, unknown>>
}

const round = (value: number): number => Number(value.toPrecision(6))

export const tell = (name: string, value: number, unit: string): Figure => ({
  name,
  value: round(value),
  unit,
  goal: null,
  isMet: null,
})

export const atLeast = (goal: number, name: string, value: number, unit: string): Figure => ({
  ...tell(name, value, unit),
  goal: `≥ ${goal}`,
  isMet: value >= goal,
})

export const atMost = (goal: number, name: string, value: number, unit: string): Figure => ({
  ...tell(name, value, unit),
  goal: `≤ ${goal}`,
  isMet: value <= goal,
})

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1)
  return middle.reduce((sum, value) => sum + value, 0) / middle.length
}

/** The least of the values that `share` (0 to 1) of them do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

export const formatFigures = (figures: readonly Figure[]): string =>
  formatTable(
    [
      { title: 'figure' },
      { title: 'value', align: 'right' },
      { title: 'unit' },
      { title: 'goal' },
      { title: 'met' },
    ],
    figures.map(({ name, value, unit, goal, isMet }) => [
      name,
      String(value),
      unit,
      goal ?? '',
      isMet === null ? '' : isMet ? 'yes' : 'NO',
    ]),
  ).join('\n')
