import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { COMMANDS } from '../../src/commands/index.ts'
import { knownCommands } from '../../src/commands/line/known-commands.ts'
import { makePasteable } from '../../src/commands/line/pasteable.ts'
import { quoteWords } from '../../src/commands/line/shell-words.ts'
import { type Start, startedAs } from '../../src/commands/line/started-as.ts'
import { describeCommands } from '../../src/commands/plugin.ts'
import { ownCommand } from '../../src/lib/text/own-command.ts'

const commands = knownCommands(describeCommands(COMMANDS))
const folder = mkdtempSync(join(tmpdir(), 'perpctl-started-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('commands in messages', () => {
  const told = (command: string, line: string, name = './bin/run.js'): string =>
    makePasteable(`first run ${ownCommand(command)}`, () => ({ name, commands, args: line.split(' ') }))

  it.each([
    ['db start', 'status --home /data', 'db start --home /data'],
    ['db start', 'status --sim --home=/data', 'db start --home /data'],
    ['status', 'status --sim --home /my/home', 'status --home /my/home --sim'],
    ['status --sim', 'backfill ohlcv --sim --symbols A', 'status --sim'],
    ['errors --run 6f1c2d3e', 'backfill ohlcv --venue binance -s A --sim', 'errors --run 6f1c2d3e --sim'],
    [
      'backfill ohlcv --symbols A',
      'stream --venue binance --sim --sim-data d -s B',
      'backfill ohlcv --symbols A --venue binance --sim --sim-data d',
    ],
    [
      'status',
      'stream --database-url postgresql://u:secret@h/d',
      "status --database-url 'postgresql://***@h/d'",
    ],
    ['db start', 'stream --home /data --database-url postgresql://u:secret@h/d', 'db start --home /data'],
    ['--help', 'frobnicate --home /x', '--help'],
  ])('%s, in a run of %s', (command, line, expected) =>
    expect(told(command, line)).toBe(`first run \`./bin/run.js ${expected}\``),
  )

  it('leaves all other text as it is', () => {
    const text = 'perpctl needs `node` and perpctl status'
    expect(makePasteable(text, () => ({ name: 'x', commands, args: [] }))).toBe(text)
  })

  it('quotes what a shell would read otherwise', () =>
    expect(quoteWords(['a b', "it's", '$HOME', 'A,B', ''])).toBe(String.raw`'a b' 'it'\''s' '$HOME' A,B ''`))
})

describe('the name by which perpctl was started', () => {
  const checkout = join(folder, 'checkout')
  const script = join(checkout, 'bin', 'run.js')
  mkdirSync(join(checkout, 'bin'), { recursive: true })
  writeFileSync(script, '')
  const programs = join(folder, 'programs')
  mkdirSync(programs)
  symlinkSync(script, join(programs, 'perpctl'))
  const other = join(folder, 'other')
  mkdirSync(other)
  writeFileSync(join(other, 'perpctl'), '')
  const npm = {
    npm_lifecycle_event: 'start',
    npm_package_name: 'perpctl',
    npm_package_json: join(checkout, 'package.json'),
  }
  const start = (change: Partial<Start>): string =>
    startedAs({ isSingle: false, argv0: 'node', script, folder: checkout, environment: {}, ...change })

  it.each<[string, Partial<Start>, string]>([
    ['in the checkout', {}, './bin/run.js'],
    ['from elsewhere', { folder }, './checkout/bin/run.js'],
    ['from a folder beside it', { folder: programs }, script],
    ['by a link on the PATH', { environment: { PATH: `/bin:${programs}` } }, 'perpctl'],
    ['with another perpctl on the PATH', { environment: { PATH: other } }, './bin/run.js'],
    ['by npm start', { environment: npm }, 'npm start --'],
    [
      'by npm start of another package',
      { environment: { ...npm, npm_package_name: 'mine' } },
      './bin/run.js',
    ],
    ['by npx', { environment: { npm_lifecycle_event: 'npx' } }, 'npx perpctl'],
    ['as a single executable', { isSingle: true, argv0: '/opt/perpctl' }, '/opt/perpctl'],
    ['as a single executable on the PATH', { isSingle: true, argv0: 'perpctl' }, 'perpctl'],
    ['with a space in its path', { isSingle: true, argv0: './my tools/perpctl' }, "'./my tools/perpctl'"],
  ])('%s', (_, change, expected) => expect(start(change)).toBe(expected))
})
