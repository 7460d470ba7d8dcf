/** How much of a value is kept. */
export interface Cut {
  readonly depth: number
  /** Entries of a list, fields of an object. */
  readonly entries: number
  readonly characters: number
}

const MORE = '…'

/** A copy of a value from outside that no reader of it stumbles over: not deep, not long. What is left out is marked. */
export function cutValue(value: unknown, cut: Cut): unknown {
  if (typeof value === 'string') {
    return value.length > cut.characters ? `${value.slice(0, cut.characters).toWellFormed()}${MORE}` : value
  }
  if (typeof value !== 'object' || value === null) return value
  if (cut.depth === 0) return MORE
  const inner = { ...cut, depth: cut.depth - 1 }
  if (Array.isArray(value)) {
    const kept = value.slice(0, cut.entries).map((entry) => cutValue(entry, inner))
    return value.length > cut.entries ? [...kept, MORE] : kept
  }
  const fields = Object.entries(value)
  const kept = fields
    .slice(0, cut.entries)
    .map(([name, field]) => [name.slice(0, cut.characters), cutValue(field, inner)] as const)
  return Object.fromEntries(fields.length > cut.entries ? [...kept, [MORE, MORE] as const] : kept)
}

/** Enough of a row or an entry to see what is wrong with it. */
const ROW: Cut = { depth: 6, entries: 40, characters: 400 }

export const cutRow = (row: unknown): unknown => cutValue(row, ROW)
