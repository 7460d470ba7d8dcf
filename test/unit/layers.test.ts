import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const SRC = fileURLToPath(new URL('../../src', import.meta.url))

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))

/** Which of our folders, and which packages, each file imports. */
const imports = files.flatMap((file) => {
  const text = readFileSync(join(SRC, file), 'utf8')
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '')
  return found.map((target) => ({
    file,
    target: target.startsWith('.') ? relative(SRC, join(SRC, dirname(file), target)) : target,
    isOurs: target.startsWith('.'),
  }))
})

const layerOf = (path: string): string => path.split('/')[0] ?? ''
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  lib: ['lib'],
  db: ['db', 'lib'],
  venues: ['venues', 'lib'],
  sim: ['sim', 'lib'],
  commands: ['commands', 'db', 'venues', 'sim', 'lib'],
  'main.ts': ['commands', 'lib'],
}

/** Packages that belong to one place. */
const OWNERS: readonly (readonly [RegExp, (file: string) => boolean])[] = [
  [/^@oclif\//, (file) => file.startsWith('commands/') || file === 'main.ts'],
  [/^listr2$/, (file) => file === 'lib/progress/list-display.ts'],
  [/^undici$/, (file) => file.startsWith('lib/http/')],
  [/^ws$/, (file) => file.startsWith('lib/feed/') || file.startsWith('sim/')],
  [/^(?:https|socks)-proxy-agent$/, (file) => file.startsWith('lib/feed/')],
  [/^(?:postgres|pg|pg-copy-streams)$/, (file) => file.startsWith('db/')],
]

describe('the layers', () => {
  it('reads a tree worth checking', () => {
    expect(new Set(files.map(layerOf))).toEqual(
      new Set(['lib', 'db', 'venues', 'sim', 'commands', 'main.ts']),
    )
    expect(imports.length).toBeGreaterThan(200)
  })

  it('import only downwards', () => {
    const wrong = imports.filter(
      ({ file, target, isOurs }) => isOurs && !ALLOWED[layerOf(file)]?.includes(layerOf(target)),
    )
    expect(wrong).toEqual([])
  })

  it('have no circle, of types neither', () => {
    const left = new Map(files.map((file) => [file, new Set<string>()]))
    for (const { file, target, isOurs } of imports)
      if (isOurs && left.has(target)) left.get(file)?.add(target)
    for (let before = -1; before !== left.size; ) {
      before = left.size
      for (const [file, targets] of left)
        if (![...targets].some((target) => left.has(target))) left.delete(file)
    }
    // What only leads to a circle is named with it.
    expect([...left.keys()]).toEqual([])
  })

  // What a simulated venue says must not come from the code that reads it.
  it('keep the simulated venues apart from all that they are to test', () => {
    const wrong = imports.filter(
      ({ file, target, isOurs }) =>
        isOurs && layerOf(file) === 'sim' && !/^(?:sim\/|lib\/model\/|lib\/errors\.ts$)/.test(target),
    )
    expect(wrong).toEqual([])
  })

  it('keep venues apart from each other', () => {
    const wrong = imports.filter(({ file, target, isOurs }) => {
      const [from, to] = [file.split('/'), target.split('/')]
      const isInVenue = isOurs && from[0] === 'venues' && from.length > 2
      return isInVenue && to[0] !== 'lib' && to[1] !== from[1]
    })
    expect(wrong).toEqual([])
  })

  it('keep each package in its place', () => {
    const wrong = imports.filter(({ file, target }) =>
      OWNERS.some(([name, owns]) => name.test(target) && !owns(file)),
    )
    expect(wrong).toEqual([])
  })

  it('keep files small', () => {
    const lengths = files
      .filter((file) => !file.endsWith('.generated.ts'))
      .map((file) => readFileSync(join(SRC, file), 'utf8').split('\n').length)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(300)
    const median = lengths.toSorted((a, b) => a - b)[Math.floor(lengths.length / 2)] ?? 0
    expect(median).toBeLessThanOrEqual(90)
  })
})
