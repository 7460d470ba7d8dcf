import { writeFileSync } from 'node:fs'
import { type BuildOptions, build, type Metafile } from 'esbuild'
import { inRoot } from './paths.ts'

const COMMON: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node26',
  charset: 'ascii',
  minifySyntax: true,
  minifyWhitespace: true,
  // In licenses.txt, all of them.
  legalComments: 'none',
  // A script with a code cache cannot import; what is asked for in this way is inside, or part of Node.
  supported: { 'dynamic-import': false },
  // Asked for by packages that do without.
  external: ['pg-native', 'typescript', 'bufferutil', 'utf-8-validate'],
  absWorkingDir: inRoot(),
  logLevel: 'warning',
}

/** What an executable begins with, small; the program itself is loaded when a command is to be run. */
export async function bundleEntry(outfile: string): Promise<void> {
  await build({
    ...COMMON,
    outfile,
    entryPoints: [inRoot('bin', 'binary', 'entry.js')],
    plugins: [
      {
        name: 'program-apart',
        setup: ({ onResolve }) =>
          onResolve({ filter: /\/command-line\.ts$/ }, () => ({
            path: inRoot('bin', 'binary', 'load-program.js'),
          })),
      },
    ],
  })
}

/**
 * The program as one function `(exports, require, module)`, in a file of one byte a character (latin1), which is read and
 * compiled in half the time. Returns which files are in it.
 */
export async function bundleProgram(outfile: string): Promise<Metafile> {
  const { metafile, outputFiles } = await build({
    ...COMMON,
    metafile: true,
    write: false,
    outfile,
    entryPoints: [inRoot('src', 'commands', 'command-line.ts')],
    banner: { js: '(function (exports, require, module) {' },
    footer: { js: '})' },
  })
  const text = outputFiles[0]?.text ?? ''
  const bytes = Buffer.from(text, 'latin1')
  if (bytes.toString('latin1') !== text) throw new Error('the bundle has characters that latin1 has not')
  writeFileSync(outfile, bytes)
  return metafile
}
