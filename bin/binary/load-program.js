import { getAssetKeys, getRawAsset } from 'node:sea'
import { runBundle } from './run-bundle.js'

// In the place of src/commands/command-line.ts: the program, compiled before where the build could run it.
const read = (name) => (getAssetKeys().includes(name) ? new Uint8Array(getRawAsset(name)) : undefined)

export const { runCommandLine } = runBundle(read('program.cjs'), require, read('program.cache'))
