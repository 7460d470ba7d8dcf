import { START } from '../helpers/valid-answers.ts'

/** The answer with one entry changed. */
export const but =
  (at: number, change: Readonly<Record<string | number, unknown>>) =>
  <T>(entries: readonly T[]): unknown[] =>
    entries.map((entry, index) => {
      if (index !== at) return entry
      return Array.isArray(entry) ? Object.assign([...entry], change) : { ...entry, ...change }
    })

/** The rows with one slot of one of them left out. */
export const cut = (at: number, slot: number) => (rows: readonly (readonly unknown[])[]) =>
  rows.map((row, index) => (index === at ? row.toSpliced(slot, 1) : row))

/** The entries with something else in the place of one. */
export const odd = (entry: unknown) => (entries: readonly unknown[]) => entries.with(3, entry)

/** JSON that a recursive reader stumbles over, in the place of `"@"`. */
export const deep = (text: string): string =>
  text.replaceAll('"@"', `${'['.repeat(100_000)}${']'.repeat(100_000)}`)

export const MICROSECONDS = START * 1_000
export const SECONDS = START / 1_000
