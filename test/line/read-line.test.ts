import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../src/commands/index.ts'
import { knownCommands } from '../../src/commands/line/known-commands.ts'
import { readLine } from '../../src/commands/line/read-line.ts'
import { describeCommands } from '../../src/commands/plugin.ts'

const commands = knownCommands(describeCommands(COMMANDS))
const read = (text: string) => readLine(text === '' ? [] : text.split(' '), commands)

describe('what people type for help and for the version', () => {
  it.each([
    ['', []],
    ['-h', []],
    ['--help', []],
    ['help', []],
    ['help help', []],
    ['help stream', ['stream']],
    ['stream help', ['stream']],
    ['stream -h', ['stream']],
    ['stream --symbols BTCUSDT -h', ['stream']],
    ['help backfill', ['backfill']],
    ['backfill help', ['backfill']],
    ['backfill -h', ['backfill']],
    ['help backfill ohlcv', ['backfill', 'ohlcv']],
    ['backfill help ohlcv', ['backfill', 'ohlcv']],
    ['backfill ohlcv help', ['backfill', 'ohlcv']],
    ['backfill ohlcv --sim --help', ['backfill', 'ohlcv']],
    ['backfill:ohlcv --help', ['backfill', 'ohlcv']],
    ['db -h', ['db']],
    ['errors -v --help', ['errors']],
  ])('%s', (line, words) => expect(read(line)).toEqual({ kind: 'help', words }))

  it.each([
    ['-v'],
    ['--version'],
    ['version'],
    ['backfill --version'],
    ['stream -v'],
    ['stream version'],
    ['db -v'],
  ])('%s', (line) => expect(read(line)).toEqual({ kind: 'version' }))

  it('leaves -v to the command that has one', () =>
    expect(read('errors -v')).toEqual({ kind: 'command', id: 'errors', args: ['-v'] }))
})

describe('lines that are right', () => {
  it.each([
    ['stream --symbols BTCUSDT --sim', 'stream', ['--symbols', 'BTCUSDT', '--sim']],
    ['backfill ohlcv -s BTCUSDT --since=30d', 'backfill:ohlcv', ['-s', 'BTCUSDT', '--since=30d']],
    ['backfill:ohlcv -sBTCUSDT', 'backfill:ohlcv', ['-sBTCUSDT']],
    ['stream --symbols A --no-rsi --no-direct', 'stream', ['--symbols', 'A', '--no-rsi', '--no-direct']],
    ['completion bash', 'completion', ['bash']],
    [
      'sim --seed -5 --fault 500:every=3 --fault 429',
      'sim',
      ['--seed', '-5', '--fault', '500:every=3', '--fault', '429'],
    ],
    ['sim --json --parent', 'sim', ['--json', '--parent']],
    ['backfill all --skip lq,ohlcv --symbols', 'backfill:all', ['--skip', 'lq,ohlcv', '--symbols']],
  ])('%s', (line, id, args) => expect(read(line)).toEqual({ kind: 'command', id, args }))
})

describe('a line that means another one is answered with it', () => {
  it.each([
    ['backfil ohlcv --symbols X', 'there is no command backfil', 'backfill ohlcv --symbols X'],
    ['backfill ohlc --symbols X', 'there is no command backfill ohlc', 'backfill ohlcv --symbols X'],
    ['backfil ohlc --symbol X', 'there is no command backfil', 'backfill ohlcv --symbols X'],
    ['backfill-ohlcv --sim', 'there is no command backfill-ohlcv', 'backfill ohlcv --sim'],
    ['ohlcv backfill --sim', 'there is no command ohlcv', 'backfill ohlcv --sim'],
    ['ohlcv BTCUSDT', 'there is no command ohlcv', 'backfill ohlcv --symbols BTCUSDT'],
    ['migrate', 'there is no command migrate', 'db migrate'],
    ['stat', 'there is no command stat', 'status'],
    ['statsu --sim', 'there is no command statsu', 'status --sim'],
    ['db migrat', 'there is no command db migrat', 'db migrate'],
    ['--sim status', 'the command comes first, its flags after it: --sim', 'status --sim'],
    ['--home /x db status', 'the command comes first, its flags after it: --home', 'db status --home /x'],
    ['help sream', 'there is no command sream', 'stream --help'],
    ['stream --symbol BTCUSDT --sim', 'stream has no flag --symbol', 'stream --symbols BTCUSDT --sim'],
    ['stream --symbol=BTCUSDT', 'stream has no flag --symbol', 'stream --symbols BTCUSDT'],
    ['stream -symbols BTCUSDT', 'stream has no flag -symbols', 'stream --symbols BTCUSDT'],
    ['stream \u2014symbols BTCUSDT', 'stream has no flag \u2014symbols', 'stream --symbols BTCUSDT'],
    ['backfill ohlcv --dryrun -s A', 'backfill ohlcv has no flag --dryrun', 'backfill ohlcv --dry-run -s A'],
    ['backfill ohlcv --dry_run', 'backfill ohlcv has no flag --dry_run', 'backfill ohlcv --dry-run'],
    ['stream --no-sim -s A', '--sim is off unless it is given', 'stream -s A'],
    ['stream --sim=true -s A', '--sim is a switch: it takes no value', 'stream --sim -s A'],
    ['stream --rsi=false -s A', '--rsi is a switch: it takes no value', 'stream --no-rsi -s A'],
    ['status --venue Binanse', '--venue knows no "Binanse": expected binance', 'status --venue binance'],
    [
      'status --log-level wran',
      '--log-level knows no "wran": expected error, warn, info, debug',
      'status --log-level warn',
    ],
    [
      'backfill all --skip lq,ohlc',
      '--skip knows no "ohlc": expected ohlcv, prices, oi-lsr, lq, rsi-tv',
      'backfill all --skip lq,ohlcv',
    ],
    ['completion bahs', 'completion knows no "bahs": expected bash, zsh, fish', 'completion bash'],
    ['status tail', 'tail is a flag of status', 'status --tail'],
    ['errors BTCUSDT', 'a symbol is given with --symbol', 'errors --symbol BTCUSDT'],
    [
      'backfill --symbols X',
      'backfill needs a word after it: all, lq, ohlcv, oi-lsr, prices or rsi-tv',
      'backfill ohlcv --symbols X',
    ],
    [
      'backfill BTCUSDT',
      'backfill needs a word after it: all, lq, ohlcv, oi-lsr, prices or rsi-tv, not BTCUSDT',
      'backfill ohlcv --symbols BTCUSDT',
    ],
  ])('%s', (line, message, corrected) =>
    expect(read(line)).toMatchObject({ kind: 'wrong', message, corrected: corrected.split(' ') }),
  )

  const GIVEN = 'symbols are given with --symbols, separated by commas'
  it.each([
    ['stream BTCUSDT', 'stream --symbols BTCUSDT'],
    ['backfill ohlcv BTCUSDT ETHUSDT --sim', 'backfill ohlcv --symbols BTCUSDT,ETHUSDT --sim'],
    ['backfill ohlcv --since 7d BTCUSDT,ETHUSDT', 'backfill ohlcv --symbols BTCUSDT,ETHUSDT --since 7d'],
    ['status BTC/USDT', 'status --symbols BTC/USDT'],
    ['stream --symbols BTCUSDT, ETHUSDT', 'stream --symbols BTCUSDT,ETHUSDT'],
    ['stream --symbols BTCUSDT ETHUSDT', 'stream --symbols BTCUSDT,ETHUSDT'],
    ['stream -s BTCUSDT --symbols ETHUSDT --sim', 'stream --symbols BTCUSDT,ETHUSDT --sim'],
  ])('%s', (line, corrected) =>
    expect(read(line)).toMatchObject({ kind: 'wrong', message: GIVEN, corrected: corrected.split(' ') }),
  )
})

describe('a line that means nothing', () => {
  it.each([
    ['frobnicate', 'there is no command frobnicate', []],
    ['stream --frobnicate', 'stream has no flag --frobnicate', ['stream']],
    ['stream 14', 'stream takes no word "14"', ['stream']],
    ['db status please', 'db status takes no word "please"', ['db', 'status']],
    ['errors BTCUSDT ETHUSDT', 'a symbol is given with --symbol', ['errors']],
    ['completion tcsh', 'completion knows no "tcsh": expected bash, zsh, fish', ['completion']],
  ])('%s', (line, message, words) =>
    expect(read(line)).toEqual({ kind: 'wrong', message, words, corrected: undefined, isUnfinished: false }),
  )

  it.each([
    ['backfill', 'backfill needs a word after it: all, lq, ohlcv, oi-lsr, prices or rsi-tv', ['backfill']],
    ['backfil', 'there is no command backfil', ['backfill']],
    ['db --json', expect.stringContaining('db needs a word after it: migrate, '), ['db']],
  ])('%s lacks a word', (line, message, words) =>
    expect(read(line)).toEqual({ kind: 'wrong', message, words, corrected: undefined, isUnfinished: true }),
  )
})
