import type { Program } from './plugin.ts'

/** In the form of oclif's: `perpctl/0.1.0 linux-x64 node-v26.10.0`. */
export const describeVersion = ({ name, version }: Program): string =>
  `${name}/${version} ${process.platform}-${process.arch} node-${process.version}`
