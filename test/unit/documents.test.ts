import type { Interfaces } from '@oclif/core'
import { describe, expect, it } from 'vitest'
import { MODEL } from '../../bin/docs/model.ts'
import { namesOf } from '../../src/commands/cli-model.ts'
import { COMMANDS } from '../../src/commands/index.ts'
import { describeCommands } from '../../src/commands/plugin.ts'
import { listVariables } from '../../src/commands/variables.ts'
import { ENVIRONMENT_ONLY } from '../../src/lib/config/settings.ts'
import { EXIT, EXIT_MEANINGS } from '../../src/lib/errors.ts'
import { FAULT_KINDS } from '../../src/sim/core/faults.ts'
import { VENUE_SETTINGS } from '../../src/venues/index.ts'
import {
  anchorsOf,
  blocksOf,
  commandLinesOf,
  FINDINGS,
  linksOf,
  PAGES,
  paragraphsOf,
  readDocument,
  sourcesOf,
} from '../helpers/documents.ts'

const README = readDocument('README.md')
const EXAMPLE = readDocument('.env.example')
const variables = [...listVariables(describeCommands(COMMANDS))].toSorted()
const flagNames = new Set([
  'help',
  'version',
  ...MODEL.commands.flatMap(({ flags }) => flags.flatMap(namesOf)).map((name) => name.slice(2)),
])

/** A document names it as a word of its own: `PERPCTL_SIM` is not told by `PERPCTL_SIM_DATA`. */
const names = (text: string, word: string): boolean =>
  new RegExp(`(?<![\\w/@-])${RegExp.escape(word)}(?![\\w/-])`).test(text)

describe('.env.example', () => {
  it('has every variable once, and no other', () => {
    /** `# NAME=value` or `NAME=value`, a line each. */
    const inExample = [...EXAMPLE.matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)].map((match) => match[1] ?? '')
    expect(variables.length).toBeGreaterThan(30)
    expect(inExample.toSorted()).toEqual(variables)
  })

  it('changes nothing when it is copied as it stands', () => {
    expect(EXAMPLE.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([])
  })
})

describe('README.md', () => {
  it('opens with the two commands', () => {
    const blocks = blocksOf(README, 'sh').map((block) => block.trim())
    expect(blocks.slice(0, 2)).toEqual(['npm start -- backfill ohlcv --symbols BTCUSDT --sim', 'npm test'])
  })

  it.each(Object.keys(COMMANDS))('names the command %s', (id) => {
    expect(names(README, `perpctl ${id.replaceAll(':', ' ')}`)).toBe(true)
  })

  it('tells every exit code, in the words of the manual', () => {
    const rows = [...README.matchAll(/^\| ([\d, ]+) \| (.*) \|$/gm)].map((match) => match.slice(1))
    expect(rows).toEqual(EXIT_MEANINGS.map(({ codes, meaning }) => [codes.join(', '), meaning]))
    expect(EXIT_MEANINGS.flatMap(({ codes }) => codes)).toEqual([...Object.values(EXIT), 130, 143])
  })

  it('leads to every page for users', () => {
    const pages = PAGES.filter((page) => /^docs\/[^/]+$/.test(page))
    expect(pages.length).toBeGreaterThan(8)
    const linked = linksOf('README.md', README).map(({ path }) => path)
    expect(pages.filter((page) => !linked.includes(page))).toEqual([])
  })
})

describe('docs/reference.md', () => {
  const text = readDocument('docs/reference.md')

  it.each(MODEL.commands)('tells all of $name', ({ name, flags, examples }) => {
    const begin = text.indexOf(`\n## perpctl ${name}\n`)
    const own = text.slice(begin, text.indexOf('\n## ', begin + 5))
    expect(begin).toBeGreaterThan(0)
    for (const flag of flags.filter(({ isCommon }) => !isCommon)) {
      expect(namesOf(flag).filter((one) => !names(own, one))).toEqual([])
      if (flag.variable !== undefined)
        expect([flag.variable, names(own, flag.variable)]).toEqual([flag.variable, true])
    }
    expect(examples.filter(({ command }) => !own.includes(`\n${command}\n`))).toEqual([])
  })

  it('has every variable, also those without a flag', () => {
    const rows = [...text.slice(text.indexOf('\n## Variables\n')).matchAll(/^\| `([A-Z_]+)` \|/gm)]
    expect(rows.map((match) => match[1])).toEqual([...variables, 'NO_COLOR'])
    expect(variables).toEqual(
      expect.arrayContaining([
        ...Object.values(ENVIRONMENT_ONLY),
        ...VENUE_SETTINGS.map(({ variable }) => variable),
      ]),
    )
  })

  it('says of each switch how it stands by itself', () => {
    const flags: Interfaces.FlagInput[] = Object.values(COMMANDS).map((one) => ({
      ...one.baseFlags,
      ...one.flags,
    }))
    const negatable = flags
      .flatMap((all) => Object.values(all))
      .filter((flag) => 'allowNo' in flag && flag.allowNo)
    expect(negatable.every((flag) => flag.default === true)).toBe(true)
    const rows = [...text.matchAll(/^\| .*--no-.* \| `\w+` \| (\w+) \|/gm)].map((match) => match[1])
    expect(rows.length).toBeGreaterThan(5)
    expect(new Set(rows)).toEqual(new Set(['on']))
  })
})

describe('docs/simulator.md', () => {
  it('names each kind of fault', () => {
    const text = readDocument('docs/simulator.md')
    expect(FAULT_KINDS.filter((kind) => !text.includes(`\`${kind}\``))).toEqual([])
  })
})

describe('docs/internals/dependencies.md', () => {
  it('names each dependency', () => {
    const { dependencies, optionalDependencies, devDependencies } = JSON.parse(readDocument('package.json'))
    const packages = Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies })
    const text = readDocument('docs/internals/dependencies.md')
    expect(packages.filter((name) => !text.includes(`\`${name}\``))).toEqual([])
  })
})

describe('a finding', () => {
  it.each(FINDINGS)('%s has the form that their README states', (path) => {
    const text = readDocument(path)
    expect(text).toMatch(/^#!\/bin\/sh\n# .+\n/)
    expect(text).toMatch(/^# Seen with .* \d+\.\d+/m)
    expect(text).toContain('folder=$(mktemp -d)\ntrap \'rm -rf "$folder"\' EXIT\ncd "$folder"\n')
    expect(text).toMatch(/^npm install .*@\d+\.\d+\.\d+$/m)
    expect(text).toContain('process.exit(1)')
    expect(text).not.toContain('perpctl')
  })
})

describe('a page', () => {
  it.each([
    ['README.md', 150],
    ['ARCHITECTURE.md', 90],
    ['CONTRIBUTING.md', 99],
  ])('%s has at most %i lines', (page, most) => {
    expect(readDocument(page).trimEnd().split('\n').length).toBeLessThanOrEqual(most)
  })
})

describe.each([...PAGES, '.env.example'])('%s', (page) => {
  const text = readDocument(page)

  it('holds no path of a machine and no host of a package registry', () => {
    expect(
      text.match(/(?<!\w)\/(?:work|tmp|root|home|Users)(?:\/|\b)|registry\.[\w.]+|npmmirror|\bshared\//g),
    ).toBeNull()
  })

  it('links only to what is there', () => {
    for (const { path, anchor } of linksOf(page, text)) {
      expect(() => readDocument(path), path).not.toThrow()
      if (anchor !== undefined) expect(anchorsOf(readDocument(path))).toContain(anchor)
    }
  })

  it('names only source files that are there', () => {
    for (const path of sourcesOf(text)) expect(() => readDocument(path), path).not.toThrow()
  })

  it('has no paragraph over 90 words', () => {
    const long = paragraphsOf(text).filter((paragraph) => paragraph.split(/\s+/).length > 90)
    expect(page === '.env.example' ? [] : long).toEqual([])
  })

  it('tells of no variable and no flag that does not exist', () => {
    const known = new Set([...variables, 'PERPCTL_TEST_DATABASE_URL'])
    const told = text.match(/\b(?:PERPCTL_[A-Z_]+|COINALYZE_KEY|DATABASE_URL)\b/g) ?? []
    expect(told.filter((name) => !known.has(name))).toEqual([])
    // What others take: our scripts, and Node.
    const ours = text.replaceAll(/npm (?:run|test) [^`\n]*|--(?:target|build-sea)\b/g, '')
    const flagsTold = [...ours.matchAll(/(?<![\w-])--([a-z][a-z-]+)/g)].map((match) => match[1] ?? '')
    expect(flagsTold.filter((name) => !flagNames.has(name))).toEqual([])
  })

  it('shows only command lines that would be taken', () => {
    for (const words of commandLinesOf(text)) {
      const line = words.join(' ')
      const command = MODEL.commands.find(({ name }) => line === name || line.startsWith(`${name} `))
      const isTopic = MODEL.topics.some(({ name }) => words[0] === name)
      expect(command !== undefined || isTopic || /^(?:help|version)\b/.test(line), line).toBe(true)
      const taken = [...MODEL.rootFlags, ...(command?.flags ?? [])].flatMap((flag) => [
        ...namesOf(flag),
        ...(flag.char ? [`-${flag.char}`] : []),
      ])
      const given = words.filter((word) => word.startsWith('-')).map((word) => word.replace(/[=,].*$/, ''))
      expect(
        given.filter((flag) => !taken.includes(flag)),
        line,
      ).toEqual([])
    }
  })
})
