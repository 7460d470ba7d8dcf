import { describe, expect, it } from 'vitest'
import { MODEL } from '../../bin/docs/model.ts'
import { renderCompletion } from '../../src/commands/completion/render.ts'
import { SHELLS, type Shell } from '../../src/lib/config/choices.ts'
import { VENUE_NAMES } from '../../src/venues/index.ts'
import { runCli } from '../helpers/cli.ts'
import { HOSTILE_MODEL } from '../helpers/cli-model.ts'
import { complete, hasProgram } from '../helpers/shells.ts'

const installed = SHELLS.filter((shell) => hasProgram(shell))
const missing = SHELLS.filter((shell) => !installed.includes(shell))
const SCRIPTS = Object.fromEntries(SHELLS.map((shell) => [shell, renderCompletion(shell, MODEL)]))
const FILES = ['run.log', 'rest of it.log', 'other.txt']

const COMMANDS = [
  ...['backfill', 'completion', 'db', 'doctor', 'errors'],
  ...['licenses', 'man', 'sim', 'status', 'stream'],
]
const BACKFILLS = ['all', 'lq', 'ohlcv', 'oi-lsr', 'prices', 'rsi-tv']
const COMMON = [
  '--home',
  '--database-url',
  '--log-level',
  '--log-file',
  '--json',
  '--color',
  '--no-color',
  '--help',
]
const OHLCV = [
  ...[
    '--symbols',
    '--since',
    '--until',
    '--refetch',
    '--refetch-changed',
    '--source',
    '--retry-absent',
    '--takeover',
    '--dry-run',
    '--sim',
    '--sim-data',
    '--venue',
  ],
  ...['--proxies', '--direct', '--no-direct', '--concurrency', '--db-timeout', '--request-timeout'],
  ...['--venue-timeout', ...COMMON],
]

/** What is typed, and the words that are offered, whatever their order. */
const LINES: readonly (readonly [string, readonly string[]])[] = [
  ['perpctl ', COMMANDS],
  ['perpctl st', ['status', 'stream']],
  ['perpctl --', ['--help', '--version']],
  ['perpctl backfill ', BACKFILLS],
  ['perpctl backfill o', ['ohlcv', 'oi-lsr']],
  ['perpctl db ', ['migrate', 'psql', 'start', 'status', 'stop', 'url']],
  ['perpctl db --', ['--help']],
  ['perpctl backfill ohlcv --', OHLCV],
  ['perpctl db url --', ['--sim', ...COMMON]],
  ['perpctl db status --j', ['--json']],
  ['perpctl stream --no-', ['--no-rsi', '--no-direct', '--no-color']],
  ['perpctl errors --json --ty', ['--type']],
  ['perpctl sim --p', ['--port']],
  ['perpctl backfill all --tv-method ', ['weighted', 'exact']],
  ['perpctl backfill all --tv-method w', ['weighted']],
  ['perpctl backfill all --tv-method q', []],
  ['perpctl stream --log-level d', ['debug']],
  ['perpctl status --venue ', [...VENUE_NAMES]],
  ['perpctl status --limit 5 --venue ', [...VENUE_NAMES]],
  ['perpctl backfill all --skip ', ['ohlcv', 'prices', 'oi-lsr', 'lq', 'rsi-tv']],
  ['perpctl backfill all --skip ohlcv,', ['ohlcv,prices', 'ohlcv,oi-lsr', 'ohlcv,lq', 'ohlcv,rsi-tv']],
  ['perpctl backfill all --skip lq,ohlcv,o', ['lq,ohlcv,oi-lsr']],
  ['perpctl backfill lq --symbols ', ['all']],
  ['perpctl backfill lq -s ', ['all']],
  ['perpctl backfill lq --since ', ['listing', '1h', '12h', '7d', '30d']],
  ['perpctl backfill lq --until ', ['1h', '12h', '7d', '30d']],
  ['perpctl errors --since ', ['1h', '24h', '7d']],
  ['perpctl errors -s ', []],
  ['perpctl sim --seed ', []],
  ['perpctl sim --symbols ', []],
  ['perpctl status --database-url ', []],
  ['perpctl sim --fault ws-st', ['ws-stall']],
  ['perpctl status --log-file ru', ['run.log']],
  ['perpctl status --log-file o', ['other.txt']],
  ['perpctl completion ', ['bash', 'zsh', 'fish']],
  ['perpctl completion z', ['zsh']],
  ['perpctl completion bash --j', ['--json']],
  ['perpctl completion bash z', []],
  ['perpctl nothing ', []],
  ['perpctl backfill nothing ', []],
  ['perpctl backfill nothing --', []],
  ['perpctl status -- ', []],
  ['perpctl status -- --', []],
]

/** Behind `=`: bash replaces only what follows it, the others the whole word. */
const JOINED: readonly (readonly [string, string, readonly string[]])[] = [
  ['perpctl backfill all --tv-method=', '--tv-method=', ['weighted', 'exact']],
  ['perpctl backfill all --tv-method=w', '--tv-method=', ['weighted']],
  ['perpctl backfill all --skip=lq,o', '--skip=', ['lq,ohlcv', 'lq,oi-lsr']],
  ['perpctl status --log-level=e', '--log-level=', ['error']],
  ['perpctl status --log-file=ru', '--log-file=', ['run.log']],
  ['perpctl status --json=', '--json=', []],
]

const offer = (shell: Shell, line: string, model = SCRIPTS): string[] =>
  complete(shell, model[shell] ?? '', line, FILES).filter((word) => !/^-\w$/.test(word))

describe.skipIf(installed.length === 0).each(installed)('in %s', (shell) => {
  it.each(LINES)('%s', (line, words) => {
    expect(offer(shell, line).toSorted()).toEqual(words.toSorted())
  })

  it.each(JOINED)('%s', (line, prefix, words) => {
    const whole = words.map((word) => (shell === 'bash' ? word : `${prefix}${word}`))
    expect(offer(shell, line).toSorted()).toEqual(whole.toSorted())
  })

  it('a folder is asked for: no file is offered', () => {
    expect(offer(shell, 'perpctl sim --data ')).toEqual([])
    expect(offer(shell, 'perpctl sim --data /us')).toEqual([shell === 'fish' ? '/usr/' : '/usr'])
  })

  it('nothing in a summary is more than text', () => {
    const hostile = { [shell]: renderCompletion(shell, HOSTILE_MODEL) }
    expect(offer(shell, 'perpctl ', hostile).toSorted()).toEqual(COMMANDS)
    expect(offer(shell, 'perpctl db url --', hostile).toSorted()).toEqual(['--sim', ...COMMON].toSorted())
    expect(offer(shell, 'perpctl status --log-file r', hostile)).not.toContain('ran')
  })
})

describe.skipIf(!installed.includes('bash'))('in bash', () => {
  it('an address in an earlier word, which bash cuts into many, is one word', () => {
    const line = 'perpctl status --database-url postgres://u:p@host:1/d?sslmode=require --lim'
    expect(complete('bash', SCRIPTS.bash ?? '', line)).toEqual(['--limit'])
  })

  it('a file name with blanks and quotes is found', () => {
    expect(offer('bash', 'perpctl status --log-file rest\\')).toEqual(['rest of it.log'])
    expect(offer('bash', 'perpctl status --log-file "rest')).toEqual(['rest of it.log'])
  })

  it('where only flags are left they are offered at once', () => {
    expect(offer('bash', 'perpctl db url ')).toEqual(['--sim', ...COMMON])
  })
})

describe.runIf(missing.length > 0)('without a shell', () => {
  it.skip.each(missing)('%s is not installed', () => {})
})

describe('perpctl completion', () => {
  it.each(SHELLS)('%s prints the script', async (shell) => {
    const { code, stdout, stderr } = await runCli(['completion', shell])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe(SCRIPTS[shell])
    expect(stdout).toContain(`# ${shell} completion for perpctl ${MODEL.version}`)
  })

  it('does so whatever is wrong with the settings', async () => {
    const { code, stdout } = await runCli(['completion', 'bash'], {
      DATABASE_URL: 'nonsense',
      PERPCTL_JSON: 'true',
    })
    expect({ code, stdout }).toEqual({ code: 0, stdout: SCRIPTS.bash })
  })

  it('is one object with --json', async () => {
    const { stdout } = await runCli(['completion', 'fish', '--json'])
    expect(JSON.parse(stdout)).toEqual({ shell: 'fish', script: SCRIPTS.fish })
  })

  it.each([[[]], [['tcsh']], [['bash', 'zsh']]])('%j is a usage error of one line', async (args) => {
    const { code, stdout, stderr } = await runCli(['completion', ...args])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr.trim().split('\n')).toHaveLength(1)
    if (args.length < 2) expect(stderr).toContain('bash, zsh, fish')
  })
})
