import { createHash } from 'node:crypto'
import { ArchiveFileError } from '../../archive/file-error.ts'
import type { Requester } from '../../http/venue-client.ts'
import type { Archive, FileKind, FileNeeds, FileRows, ListedFile } from '../../venue/archive.ts'

/** A file that is not what it promises is asked for so often: it may have been replaced, or cut, on the way. */
const ATTEMPTS = 2

export interface LoadNeeds extends FileNeeds {
  readonly archive: Archive
  readonly kind: FileKind
  readonly client: Requester
  readonly signal: AbortSignal
}

export interface LoadedFile {
  readonly parts: readonly FileRows[]
  readonly sha256: string
  readonly lane: string
}

/**
 * One file, its SHA-256 held against its checksum file, its CRC and length against its own headers, its rows against the
 * rules: nothing of it is handed out before all of it was seen. Throws `ArchiveFileError` where it is twice not what it
 * promises, and what the client throws.
 */
export async function loadFile(file: ListedFile, needs: LoadNeeds): Promise<LoadedFile> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await loadOnce(file, needs)
    } catch (error) {
      if (!(error instanceof ArchiveFileError) || attempt === ATTEMPTS) throw error
    }
  }
}

async function loadOnce(
  file: ListedFile,
  { archive, kind, client, signal, ...needs }: LoadNeeds,
): Promise<LoadedFile> {
  const { value: told } = await client.fetch(archive.checksum(file), signal)
  const { value: bytes, lane } = await client.fetch(archive.download(file), signal)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 !== told)
    throw new ArchiveFileError(file.key, 'checksum', `its SHA-256 is not the one of its checksum file`, {
      sha256,
      told,
    })
  const parts = await kind.read(file, archive.open(bytes, file), needs)
  return { parts, sha256, lane }
}
