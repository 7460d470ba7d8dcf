import type { Requester } from '../../http/venue-client.ts'
import type { Archive, FileKind, FilePeriod, ListedFile } from '../../venue/archive.ts'

/** All files of one kind, period and symbol that begin at `from` or later, oldest first. */
export async function listShelf(
  archive: Archive,
  place: { readonly kind: FileKind; readonly period: FilePeriod; readonly symbol: string },
  from: number,
  { client, signal }: { readonly client: Requester; readonly signal: AbortSignal },
): Promise<ListedFile[]> {
  const files: ListedFile[] = []
  let after: string | undefined
  do {
    const { value: page } = await client.fetch(archive.list(place, from, after), signal)
    files.push(...page.files)
    after = page.next
  } while (after !== undefined)
  return files
}
