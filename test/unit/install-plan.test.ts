import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { describeInstall, MEGABYTES, planInstall } from '../../bin/install-plan.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const read = (name: string) => JSON.parse(readFileSync(join(ROOT, name), 'utf8'))
const lock = read('package-lock.json')
const linux = { platform: 'linux', arch: 'x64' }

describe('what the installation says', () => {
  it('names what it brings', () =>
    expect(describeInstall(155, read('package.json'))).toBe(
      `installing 155 packages, about ${MEGABYTES} MB: Node 26.10, PostgreSQL 18.4, and what builds and tests perpctl`,
    ))

  it('finds the packages of a platform from the lock file alone', () => {
    const packages = {
      '': {
        dependencies: { a: '1' },
        devDependencies: { b: '1' },
        optionalDependencies: { win: '1', lin: '1' },
      },
      'node_modules/a': { dependencies: { c: '1' } },
      'node_modules/a/node_modules/c': { dependencies: { d: '1' } },
      'node_modules/b': { peerDependencies: { c: '2', absent: '1' } },
      'node_modules/c': {},
      'node_modules/d': {},
      'node_modules/win': { os: ['win32'], dependencies: { e: '1' } },
      'node_modules/lin': { os: ['!win32'], cpu: ['x64'] },
      'node_modules/e': {},
    }
    const names = ['a', 'a/node_modules/c', 'b', 'c', 'd', 'lin'].map((name) => `node_modules/${name}`)
    expect(planInstall({ packages }, linux).toSorted()).toEqual(names)
  })

  it.runIf(process.platform === 'linux' && process.arch === 'x64')('is what is there', () => {
    const planned = planInstall(lock, linux)
    expect(planned.filter((folder) => !existsSync(join(ROOT, folder, 'package.json')))).toEqual([])
    const others = Object.keys(lock.packages).filter((folder) => folder !== '' && !planned.includes(folder))
    expect(others.filter((folder) => existsSync(join(ROOT, folder, 'package.json')))).toEqual([])
    // Node is there twice, as one file under two names.
    const skipped = new Set(['.cache', '.vite', '.vite-temp', join('node', 'bin')])
    const sizeOf = (folder: string): number =>
      readdirSync(join(ROOT, 'node_modules', folder), { withFileTypes: true }).reduce((sum, entry) => {
        const path = join(folder, entry.name)
        if (skipped.has(path)) return sum
        return sum + (entry.isDirectory() ? sizeOf(path) : lstatSync(join(ROOT, 'node_modules', path)).size)
      }, 0)
    const megabytes = sizeOf('') / 2 ** 20
    expect(Math.abs(megabytes / MEGABYTES - 1)).toBeLessThan(0.1)
  })
})
