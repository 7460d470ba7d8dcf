import { distance } from 'fastest-levenshtein'

const OURS = /^(?:PERPCTL|COINALYZE)_/i
const PREFIX = /^PERPCTL_/i

export interface UnknownVariable {
  readonly name: string
  /** The one that may be meant. */
  readonly near: string | undefined
}

/** Variables that are set, look like ours, and are none: a misspelt one says nothing by itself. */
export function findUnknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
  known: ReadonlySet<string>,
): UnknownVariable[] {
  return Object.keys(environment)
    .filter((name) => OURS.test(name) && environment[name] && !known.has(name))
    .toSorted()
    .map((name) => ({ name, near: findNear(name, known) }))
}

/** `perpctl does not know the variable PERPCTL_SYMBOL: did you mean PERPCTL_SYMBOLS?` */
export const describeUnknown = ({ name, near }: UnknownVariable): string =>
  `perpctl does not know the variable ${name}${near === undefined ? '' : `: did you mean ${near}?`}`

/** By what follows the common beginning, which is no likeness; that of another one may be missing, or be too much. */
function findNear(name: string, known: ReadonlySet<string>): string | undefined {
  const wanted = name.toUpperCase().replace(PREFIX, '')
  return [...known]
    .map((one) => ({ one, end: one.replace(PREFIX, '') }))
    .map(({ one, end }) => ({ one, steps: distance(wanted, end), reach: reachOf(wanted, end) }))
    .filter(({ steps, reach }) => steps <= reach)
    .toSorted((a, b) => a.steps - b.steps)[0]?.one
}

const reachOf = (a: string, b: string): number => Math.floor(Math.max(a.length, b.length) / 2)
