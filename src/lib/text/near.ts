import { distance } from 'fastest-levenshtein'

const SHORTEST_BEGINNING = 3

/**
 * The words that a misspelt one may mean, the nearest first, else in the order given; none if nothing is near. Case does not count: `Backfil` is
 * one step from `backfill`. A word that begins with all of it is one step away, too.
 */
export function nearWords(word: string, words: readonly string[]): string[] {
  const wanted = word.toLowerCase()
  const reach = Math.max(1, Math.floor(wanted.length / 3))
  return words
    .map((one) => ({ one, steps: stepsTo(wanted, one.toLowerCase()) }))
    .filter(({ steps }) => steps <= reach)
    .toSorted((a, b) => a.steps - b.steps)
    .map(({ one }) => one)
}

/** Slips between the two: letters that are missing, too many, wrong or swapped. */
export function stepsTo(wanted: string, one: string): number {
  const isBeginning = wanted.length >= SHORTEST_BEGINNING && wanted !== one && one.startsWith(wanted)
  return isBeginning || isSwapped(wanted, one) ? 1 : distance(wanted, one)
}

/** Two letters that stand next to each other changed places: one slip, and two steps of the distance. */
function isSwapped(wanted: string, one: string): boolean {
  const at = [...wanted].findIndex((letter, index) => letter !== one[index])
  const swapped = `${wanted.slice(0, at)}${wanted[at + 1] ?? ''}${wanted[at] ?? ''}${wanted.slice(at + 2)}`
  return at >= 0 && swapped === one
}
