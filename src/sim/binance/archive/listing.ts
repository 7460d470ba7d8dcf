/** A folder of the archive with what lies in it: folders or objects, never both. */
export interface Folder {
  /** With a slash at the end; `''` is the root. */
  readonly path: string
  /** Ascending by path. */
  folders(): readonly Folder[]
  /** Ascending by key. */
  keys(): Iterable<string>
}

export interface ListQuery {
  readonly prefix: string
  /** `/` or none. */
  readonly delimiter: string
  /** Only what sorts behind it. */
  readonly after: string
  readonly maxKeys: number
}

/** A key, or what a delimiter makes of all keys with the same beginning. */
export type ListEntry = { readonly key: string } | { readonly prefix: string }

export interface ListPage {
  readonly entries: readonly ListEntry[]
  readonly isTruncated: boolean
}

export const nameOf = (entry: ListEntry): string => ('key' in entry ? entry.key : entry.prefix)

/** One page of the listing, ascending by bytes, without looking at more than it needs. */
export function listPage(root: Folder, query: ListQuery): ListPage {
  const entries: ListEntry[] = []
  if (query.maxKeys === 0) return { entries, isTruncated: false }
  for (const entry of walk(root, query)) {
    if (entries.length === query.maxKeys) return { entries, isTruncated: true }
    entries.push(entry)
  }
  return { entries, isTruncated: false }
}

type Wanted = Omit<ListQuery, 'maxKeys'>

function* walk(folder: Folder, wanted: Wanted): Generator<ListEntry> {
  const { path } = folder
  const { prefix, delimiter, after } = wanted
  if (!canHold(path, wanted)) return
  if (delimiter !== '' && path.length > prefix.length) {
    // A marker that is such a prefix itself stands for all keys that begin with it.
    if (after !== path && hasKey(folder, after)) yield { prefix: path }
    return
  }
  for (const child of folder.folders()) yield* walk(child, wanted)
  for (const key of folder.keys()) if (key.startsWith(prefix) && key > after) yield { key }
}

/** Whether a key below the path can be wanted. */
const canHold = (path: string, { prefix, after }: Wanted): boolean =>
  (path.startsWith(prefix) || prefix.startsWith(path)) && (path >= after || after.startsWith(path))

const hasKey = (folder: Folder, after: string): boolean =>
  !walk(folder, { prefix: folder.path, delimiter: '', after }).next().done
