import type { ArchiveFile, Catalogue, FileFolder } from './catalogue.ts'
import type { DefectPlan } from './defect-plan.ts'
import type { Folder } from './listing.ts'
import type { ObjectStore, StoredObject } from './store.ts'

export interface TreeParts {
  readonly catalogue: Catalogue
  readonly store: ObjectStore
  readonly plan: DefectPlan
}

/** All that is out at that time as folders in folders. */
export function createTree(parts: TreeParts, now: number): Folder {
  return grow('', parts.catalogue.folders(now), parts, now)
}

function grow(path: string, inside: readonly FileFolder[], parts: TreeParts, now: number): Folder {
  const own = inside.find((folder) => folder.path === path)
  return {
    path,
    folders: () => {
      const deeper = inside.filter((folder) => folder.path.length > path.length)
      const groups = Map.groupBy(deeper, (folder) =>
        folder.path.slice(0, folder.path.indexOf('/', path.length) + 1),
      )
      return [...groups].map(([child, folders]) => grow(child, folders, parts, now))
    },
    keys: () => (own ? listKeys(own, parts, now) : []),
  }
}

function listKeys(folder: FileFolder, parts: TreeParts, now: number): Iterable<string> {
  const stray = strayIn(folder, parts, now)
  const keys = keysOf(parts.catalogue.files(folder, now))
  return stray ? [...keys, stray.key].toSorted((a, b) => (a < b ? -1 : 1)) : keys
}

function* keysOf(files: Iterable<ArchiveFile>): Generator<string> {
  for (const { key } of files) {
    yield key
    yield `${key}.CHECKSUM`
  }
}

/** The stray object of a folder, where a rule puts one. */
export function strayIn(
  { path, symbol }: Pick<FileFolder, 'path' | 'symbol'>,
  { plan, store }: TreeParts,
  now: number,
): StoredObject | undefined {
  const rule = plan.of({ key: path, symbol }).find(({ kind }) => kind === 'archive-stray')
  return rule && (rule.at ?? 0) <= now ? store.stray(path, rule.at ?? 0) : undefined
}
