import { readAsset } from '../../lib/executable.ts'

/** Made by the build beside the compressed bytes. */
export interface Listing {
  /** Of the package, for example 18.4.0-beta.17. */
  readonly version: string
  /** Of the compressed bytes. */
  readonly sha256: string
  /** In the order in which their contents stand one after the other in the bytes; paths with `/`, sizes in bytes. */
  readonly files: readonly { readonly path: string; readonly size: number; readonly sha256: string }[]
  readonly links: readonly { readonly path: string; readonly target: string }[]
}

/** The PostgreSQL inside a single executable: the contents of all files, compressed with zstd, and what they are. */
export interface Carried {
  readonly bytes: Uint8Array
  readonly listing: Listing
}

/** Undefined where this program is not a single executable: then PostgreSQL is a package beside it. */
export function readCarried(): Carried | undefined {
  const bytes = readAsset('postgres.zst')
  const text = readAsset('postgres.json')
  if (!bytes || !text) return undefined
  const listing: Listing = JSON.parse(new TextDecoder().decode(text))
  return { bytes, listing }
}
