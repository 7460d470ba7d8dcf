import { copyFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { bundleEntry, bundleProgram } from './bundle.ts'
import { collectLicenses } from './licenses.ts'
import { findPlatform } from './packages.ts'
import { inRoot } from './paths.ts'
import { packPostgres } from './postgres.ts'
import { run } from './run.ts'
import { makeSbom } from './sbom.ts'
import { HOST, type Target } from './targets.ts'

/** The file and what it is made of, in bytes. */
export interface Made {
  readonly path: string
  readonly parts: Readonly<Record<string, number>>
}

/** As in `bin/run.js`, but one size for all commands. */
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=8']

/** Makes `output` and, beside it, its licences and its bill of materials. `work` holds what goes in. */
export async function makeExecutable(target: Target, output: string, work: string): Promise<Made> {
  mkdirSync(work, { recursive: true })
  const platform = findPlatform(target)
  const at = (name: string): string => join(work, name)
  const node = join(platform.node, 'bin', `node${target.suffix}`)

  await bundleEntry(at('entry.cjs'))
  const metafile = await bundleProgram(at('program.cjs'))
  const { bytes, listing } = packPostgres(platform.postgres)
  writeFileSync(at('postgres.zst'), bytes)
  writeFileSync(at('postgres.json'), JSON.stringify(listing))
  writeFileSync(at('licenses.txt'), collectLicenses(metafile, platform))
  writeFileSync(at('sbom.json'), makeSbom(metafile, target, listing.version))
  const names = ['program.cjs', 'postgres.zst', 'postgres.json', 'licenses.txt']
  if (target.name === HOST) {
    compileAhead(node, at('program.cjs'), at('program.cache'))
    names.push('program.cache')
  }

  writeFileSync(at('sea.json'), JSON.stringify(seaConfig(node, resolve(output), names)))
  run(process.execPath, ['--build-sea', 'sea.json'], { cwd: work })
  if (process.platform === 'darwin') run('codesign', ['--sign', '-', '--force', output])
  copyFileSync(at('licenses.txt'), `${output}.licenses.txt`)
  copyFileSync(at('sbom.json'), `${output}.cdx.json`)
  const sizes = ['entry.cjs', ...names].map((name) => [name, statSync(at(name)).size])
  return { path: output, parts: { node: statSync(node).size, ...Object.fromEntries(sizes) } }
}

/** Names of files in the folder of work, not paths: that of the beginning is written into the executable. */
function seaConfig(node: string, output: string, names: readonly string[]): object {
  return {
    main: 'entry.cjs',
    output,
    executable: node,
    assets: Object.fromEntries(names.map((name) => [name, name])),
    disableExperimentalSEAWarning: true,
    execArgv: NODE_FLAGS,
    // What NODE_OPTIONS says is meant for other programs.
    execArgvExtension: 'none',
  }
}

/** Where the executable runs here, it is compiled here too, and no start has to do it: to the same bytes each time. */
function compileAhead(node: string, program: string, output: string): void {
  const environment = { PATH: process.env.PATH ?? '', HOME: join(output, '..'), TZ: 'UTC' }
  run(
    node,
    [
      '--predictable',
      '--random-seed=1',
      ...NODE_FLAGS,
      inRoot('bin', 'binary', 'warm-up.js'),
      program,
      output,
      inRoot('package.json'),
    ],
    { env: environment },
  )
}
