import { Script } from 'node:vm'

/** Runs the bundled program. `source` is its text, a byte a character; `cachedData` what was compiled of it before. */
export function runBundle(source, require, cachedData) {
  const script = new Script(Buffer.from(source).latin1Slice(), { filename: 'perpctl.cjs', cachedData })
  const bundle = { exports: {} }
  script.runInThisContext()(bundle.exports, require, bundle)
  return { script, runCommandLine: bundle.exports.runCommandLine }
}
