import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { MODEL } from '../../bin/docs/model.ts'
import { renderManPage } from '../../src/commands/manual/render.ts'
import { EXIT_MEANINGS } from '../../src/lib/errors.ts'
import { runCli } from '../helpers/cli.ts'
import { HOSTILE, HOSTILE_MODEL } from '../helpers/cli-model.ts'
import { hasProgram } from '../helpers/shells.ts'

const PAGE = renderManPage(MODEL)

interface Shown {
  readonly text: string
  readonly warnings: string
}

function show(program: string, args: readonly string[], page: string): Shown {
  const done = spawnSync(program, args, { input: page, encoding: 'utf8' })
  return { text: done.stdout, warnings: done.stderr }
}

const groff = (page: string): Shown =>
  show('groff', ['-ww', '-man', '-Tutf8', '-P-c', '-P-b', '-P-u', '-rLL=78n'], page)
const hasGroff = hasProgram('groff')

describe.skipIf(!hasGroff)('the page, as groff sets it', () => {
  it('is without warnings, and no line is wider than a terminal', () => {
    const { text, warnings } = groff(PAGE)
    expect(warnings).toBe('')
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  it('has its sections in the order that man pages have', () => {
    const headings = groff(PAGE).text.match(/^[A-Z][A-Z ]+$/gm)
    expect(headings).toEqual([
      ...['NAME', 'SYNOPSIS', 'DESCRIPTION', 'COMMANDS', 'COMMON OPTIONS', 'ENVIRONMENT', 'FILES'],
      ...['EXIT STATUS', 'EXAMPLES', 'SEE ALSO'],
    ])
  })

  it('tells of every command, flag, variable and exit code', () => {
    const words = new Set(groff(PAGE).text.match(/[\w-]+/g))
    const expected = MODEL.commands.flatMap(({ name, flags }) => [
      ...name.split(' '),
      ...flags.flatMap((flag) => [`--${flag.name}`, ...(flag.variable ? [flag.variable] : [])]),
    ])
    expect(expected.length).toBeGreaterThan(200)
    const codes = EXIT_MEANINGS.flatMap(({ codes }) => codes.map(String))
    for (const word of [...expected, ...codes, 'COINALYZE_KEY', 'PERPCTL_BINANCE_REST_URL', 'NO_COLOR']) {
      expect([word, words.has(word)]).toEqual([word, true])
    }
  })

  it('tells defaults of variables without a flag', () => {
    const text = groff(PAGE).text.replace(/\s+/g, ' ')
    expect(text).toContain('a mirror (default https://fapi.binance.com)')
    expect(text).toContain('--since of backfill: from: 2026-02-01, 12h, 30d, 1y or listing (default 30d)')
  })

  it('shows text as it was written', () => {
    const { text, warnings } = groff(renderManPage(HOSTILE_MODEL))
    expect(warnings).toBe('')
    expect(text.replace(/\s+/g, ' ')).toContain(HOSTILE)
  })
})

describe('the page', () => {
  it.skipIf(!hasProgram('mandoc', ['-V']))('is without a fault to mandoc, but that it has no date', () => {
    const { text, warnings } = show('mandoc', ['-Tlint', '-Wwarning'], PAGE)
    expect(`${text}${warnings}`.trim()).toMatch(/^\S+ \S+ WARNING: missing date, using "": TH$/)
  })

  it('has no date of the clock', () => {
    expect(PAGE).toContain(`.TH PERPCTL 1 "" "perpctl ${MODEL.version}"`)
    expect(PAGE).not.toMatch(new RegExp(`"[^"]*${new Date().getFullYear()}-\\d\\d-\\d\\d"`))
  })

  it('is what perpctl man prints', async () => {
    const { code, stdout, stderr } = await runCli(['man'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe(PAGE)
  })
})
