import { readFileSync } from 'node:fs'
import type { Interfaces } from '@oclif/core'
import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../src/commands/index.ts'
import { ENVIRONMENT_ONLY } from '../../src/lib/config/settings.ts'
import { EXIT, EXIT_MEANINGS } from '../../src/lib/errors.ts'

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')

const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', '.env.example'] as const
const README = read('README.md')
const EXAMPLE = read('.env.example')

const flags = Object.values(COMMANDS).flatMap((command) => {
  const all: Interfaces.FlagInput = { ...command.baseFlags, ...command.flags }
  return Object.entries(all).map(([name, flag]) => ({ name, variable: 'env' in flag ? flag.env : undefined }))
})
const variables = [
  ...new Set([...flags.flatMap(({ variable }) => variable ?? []), ...Object.values(ENVIRONMENT_ONLY)]),
].toSorted()

/** `# NAME=value` or `NAME=value`, a line each. */
const inExample = [...EXAMPLE.matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)].map((match) => match[1] ?? '')

/** A document names it as a word of its own: `PERPCTL_SIM` is not told by `PERPCTL_SIM_DATA`. */
const names = (text: string, word: string): boolean =>
  new RegExp(`(?<![\\w/@-])${RegExp.escape(word)}(?![\\w/-])`).test(text)

describe('.env.example', () => {
  it('has every variable once, and no other', () => {
    expect(variables.length).toBeGreaterThan(30)
    expect(inExample.toSorted()).toEqual(variables)
  })

  it('changes nothing when it is copied as it stands', () => {
    expect(EXAMPLE.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([])
  })
})

describe('README.md', () => {
  it('opens with the two commands', () => {
    const blocks = [...README.matchAll(/^```sh\n(.*?)^```$/gms)].map((match) => match[1]?.trim())
    expect(blocks.slice(0, 2)).toEqual(['npm start -- backfill ohlcv --symbols BTCUSDT --sim', 'npm test'])
  })

  it.each(Object.keys(COMMANDS))('names the command %s', (id) => {
    expect(names(README, `perpctl ${id.replaceAll(':', ' ')}`)).toBe(true)
  })

  it('points to .env.example and names the flags of a backfill with their variables', () => {
    expect(README).toContain('(.env.example)')
    const backfill = COMMANDS['backfill:ohlcv']
    const all: Interfaces.FlagInput = { ...backfill?.baseFlags, ...backfill?.flags }
    for (const [name, flag] of Object.entries(all)) {
      const isTold = names(README, `--${name}`) || names(README, `--no-${name}`)
      expect([name, isTold]).toEqual([name, true])
      if ('env' in flag && flag.env) expect([flag.env, names(README, flag.env)]).toEqual([flag.env, true])
    }
  })

  it('tells every exit code, in the words of the manual', () => {
    const rows = [...README.matchAll(/^\| ([\d, ]+) \| (.*) \|$/gm)].map((match) => match.slice(1))
    expect(rows).toEqual(EXIT_MEANINGS.map(({ codes, meaning }) => [codes.join(', '), meaning]))
    expect(EXIT_MEANINGS.flatMap(({ codes }) => codes)).toEqual([...Object.values(EXIT), 130, 143])
  })

  it('tells of no variable and no flag that does not exist', () => {
    const known = new Set([...variables, 'NO_COLOR', 'DATABASE_URL'])
    const told = README.match(/\b(?:PERPCTL_[A-Z_]+|COINALYZE_KEY|DATABASE_URL)\b/g) ?? []
    expect(told.filter((name) => !known.has(name))).toEqual([])
    const existing = new Set(['help', 'version', ...flags.flatMap(({ name }) => [name, `no-${name}`])])
    const ours = README.replaceAll(/npm run [^`\n]*/g, '')
    const flagsTold = [...ours.matchAll(/(?<![\w-])--([a-z][a-z-]+)/g)].map((match) => match[1] ?? '')
    expect(flagsTold.filter((name) => !existing.has(name))).toEqual([])
  })
})

describe('ARCHITECTURE.md', () => {
  it('names each dependency', () => {
    const { dependencies, optionalDependencies, devDependencies } = JSON.parse(read('package.json'))
    const packages = Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies })
    const text = read('ARCHITECTURE.md')
    expect(packages.filter((name) => !text.includes(`\`${name}\``))).toEqual([])
  })

  it.each([
    ['ARCHITECTURE.md', 240],
    ['CONTRIBUTING.md', 100],
  ])('%s stays short', (name, most) => {
    expect(read(name).split('\n').length).toBeLessThan(most)
  })
})

describe.each(DOCUMENTS)('%s', (name) => {
  const text = read(name)

  it('holds no path of a machine and no host of a package registry', () => {
    expect(
      text.match(/\/(?:work|tmp|root|home|Users)(?:\/|\b)|registry\.[\w.]+|npmmirror|\bshared\//g),
    ).toBeNull()
  })

  it('links only to what is there', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map((match) => match[1] ?? '')
    for (const link of links) expect(() => read(link)).not.toThrow()
  })

  it('names only source files that are there', () => {
    const paths = text.match(/(?<![\w./])(?:src|test|bin|migrations)\/[\w./-]+\.(?:ts|js|sql|sh)\b/g) ?? []
    for (const path of paths.filter((found) => !found.includes('00N'))) expect(() => read(path)).not.toThrow()
  })
})
