import { getAssetKeys, getRawAsset } from 'node:sea'
import { Script } from 'node:vm'

// In the place of src/commands/command-line.ts: the program, compiled before where the build could run it.
const cachedData = getAssetKeys().includes('program.cache')
  ? new Uint8Array(getRawAsset('program.cache'))
  : undefined
const source = Buffer.from(getRawAsset('program.cjs')).latin1Slice()
const script = new Script(source, { filename: 'perpctl.cjs', cachedData })
const program = { exports: {} }
script.runInThisContext()(program.exports, require, program)

export const { runCommandLine } = program.exports
