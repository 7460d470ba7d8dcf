import { PayloadError } from '../errors.ts'
import type { OddEntry } from '../venue/listing.ts'
import { isName, isObject, readArray } from '../venue/read-payload.ts'
import { EntryFields } from './entry-fields.ts'

/** So many odd entries, and more than half of all, are no odd entries any more: the list as a whole is odd. */
const FEW = 10

interface NamedEntry {
  readonly name: string
}

/**
 * The entries of a list of instruments or the like, each under a name of its own. One that cannot be read costs that
 * entry alone and is told with the reason; of two with one name the first stands. Throws `PayloadError` where most of
 * the list cannot be read.
 */
export function readList<T extends NamedEntry>(
  payload: unknown,
  path: string,
  nameField: string,
  read: (fields: EntryFields, entry: unknown) => T,
): { readonly entries: T[]; readonly odd: OddEntry[] } {
  const all = readArray(payload, path)
  const entries = new Map<string, T>()
  const odd: OddEntry[] = []
  for (const entry of all) {
    const fields = new EntryFields(entry)
    const found = read(fields, entry)
    const isLost = fields.fault !== undefined
    if (!isLost && entries.has(found.name)) fields.refuse('comes twice')
    if (fields.fault === undefined) entries.set(found.name, found)
    else odd.push({ list: path, name: nameOf(entry, nameField), reason: fields.fault, entry, isLost })
  }
  const [first] = odd
  const isBroken = entries.size === 0 || (odd.length >= FEW && odd.length > all.length / 2)
  if (first && isBroken) {
    const problem = `${odd.length} of ${all.length} entries cannot be read, the first: ${first.reason}`
    throw new PayloadError(path, problem, first.entry)
  }
  return { entries: [...entries.values()], odd }
}

function nameOf(entry: unknown, field: string): string | undefined {
  const name = isObject(entry) ? entry[field] : undefined
  return isName(name) ? name : undefined
}
