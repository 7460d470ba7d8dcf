import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { NODE_VERSION, TARGETS } from '../../bin/binary/targets.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const read = (name: string) => JSON.parse(readFileSync(`${ROOT}${name}`, 'utf8'))

interface Packed {
  readonly files: readonly { readonly path: string; readonly mode: number; readonly size: number }[]
}

describe('what npm publishes', () => {
  let packed: Packed
  beforeAll(() => {
    // Without the build that precedes a real one: `npm test` has built already.
    const args = ['pack', '--dry-run', '--json', '--ignore-scripts']
    const { stdout } = spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8' })
    packed = Object.values<Packed>(JSON.parse(stdout))[0] ?? { files: [] }
  })

  it('is the bundle, what starts it and what tells of it, and nothing else', () => {
    const bundle = ['dist/main.cjs', 'dist/program.cjs', 'dist/program.cjs.LEGAL.txt']
    const expected = [...bundle, 'bin/run.js', 'CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']
    expect(packed.files.map(({ path }) => path).toSorted()).toEqual(expected.toSorted())
  })

  it('can be started: the entry is a program', () => {
    const entry = packed.files.find(({ path }) => path === 'bin/run.js')
    expect((entry?.mode ?? 0) & 0o111).toBe(0o111)
  })

  it('is small', () => {
    expect(packed.files.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(5_000_000)
  })

  it('asks for no package that the sources do not import', () => {
    const { dependencies } = read('package.json')
    const imports = new Set(
      readdirSync(`${ROOT}src`, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .flatMap((name) => [
          ...readFileSync(`${ROOT}src/${name}`, 'utf8').matchAll(
            /(?:from|import)\s*\(?\s*'((?:@[^/']+\/)?[^./'][^/']*)/g,
          ),
        ])
        .map((match) => match[1]),
    )
    expect(Object.keys(dependencies).filter((name) => !imports.has(name))).toEqual([])
  })
})

describe('the executables', () => {
  it('hold the Node and the PostgreSQL that the project is tested with', () => {
    const { devDependencies, optionalDependencies } = read('package.json')
    expect(NODE_VERSION).toBe(devDependencies.node)
    expect(TARGETS.map(({ postgres }) => postgres).toSorted()).toEqual(
      Object.keys(optionalDependencies).toSorted(),
    )
  })
})
