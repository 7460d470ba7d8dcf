import { getAssetKeys, getRawAsset, isSea } from 'node:sea'

/** What a single executable carries with it, by the names that the build gives them. */
export type AssetName = 'postgres.zst' | 'postgres.json' | 'licenses.txt'

/** Undefined in a checkout, or where the executable was built without it. The bytes are those of the file: not to be changed. */
export function readAsset(name: AssetName): Uint8Array | undefined {
  return isSea() && getAssetKeys().includes(name) ? new Uint8Array(getRawAsset(name)) : undefined
}

/** How to start this program once more, with other arguments. */
export function selfCommand(): { readonly file: string; readonly args: readonly string[] } {
  if (isSea()) return { file: process.execPath, args: [] }
  const [script = ''] = process.argv.slice(1)
  return { file: process.execPath, args: [...process.execArgv, script] }
}
