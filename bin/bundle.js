// Bundles all code with its packages: Node reads and compiles two files in half the time of six hundred.
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))

/** What answers `--version` is a file of its own, and loads the program only for a command. */
const programApart = {
  name: 'program-apart',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/command-line\.ts$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: './program.cjs', external: true },
    ),
}

const bundle = (entry, outfile) =>
  build({
    entryPoints: [inRoot(entry)],
    outfile: inRoot(outfile),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    // Asked for by packages that do without.
    external: ['pg-native', 'typescript', 'bufferutil', 'utf-8-validate'],
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href" },
    legalComments: 'linked',
    logLevel: 'warning',
    plugins: [programApart],
  })

await Promise.all([
  bundle('src/main.ts', 'dist/main.cjs'),
  bundle('src/commands/command-line.ts', 'dist/program.cjs'),
])
