import { describe, expect, it } from 'vitest'
import { MODEL } from '../../bin/docs/model.ts'
import { childrenOf, commonFlags } from '../../src/commands/cli-model.ts'
import { COMMANDS } from '../../src/commands/index.ts'
import { LOG_LEVELS, PART_NAMES } from '../../src/lib/config/choices.ts'

const commandOf = (name: string) => MODEL.commands.find((command) => command.name === name)
const flagOf = (command: string, name: string) => commandOf(command)?.flags.find((flag) => flag.name === name)

describe('the model of the command line', () => {
  it('has every command, as it is typed', () => {
    expect(MODEL.commands.map(({ name }) => name)).toEqual(
      Object.keys(COMMANDS).map((id) => id.replaceAll(':', ' ')),
    )
  })

  it('knows what comes after each word, in alphabetical order', () => {
    expect(childrenOf(MODEL, 'backfill').map(({ name }) => name)).toEqual([
      'all',
      'lq',
      'ohlcv',
      'oi-lsr',
      'prices',
      'rsi-tv',
    ])
    expect(childrenOf(MODEL, '').find(({ name }) => name === 'db')?.summary).toBe(
      'Migrate the database, run the embedded server',
    )
    expect(childrenOf(MODEL, 'status')).toEqual([])
  })

  it('says of a flag what is typed after it', () => {
    expect(flagOf('backfill all', 'skip')).toEqual({
      name: 'skip',
      char: undefined,
      description: `leave out some of ${PART_NAMES.join(', ')}`,
      value: { label: 'PART,PART', values: { kind: 'some', words: PART_NAMES } },
      isNegatable: false,
      isRepeatable: false,
      isCommon: false,
      variable: 'PERPCTL_SKIP',
    })
    expect(flagOf('status', 'log-level')?.value?.values).toEqual({ kind: 'one', words: LOG_LEVELS })
    expect(flagOf('status', 'symbols')?.char).toBe('s')
    expect(flagOf('sim', 'fault')?.isRepeatable).toBe(true)
    expect(flagOf('stream', 'rsi')).toMatchObject({ value: undefined, isNegatable: true })
    expect(flagOf('errors', 'since')?.value?.values).toEqual({ kind: 'free', words: ['1h', '24h', '7d'] })
  })

  it('tells nothing of hidden flags', () => {
    expect(COMMANDS.sim?.flags).toHaveProperty('parent')
    expect(flagOf('sim', 'parent')).toBeUndefined()
  })

  it('has the same common flags in every command', () => {
    const common = commonFlags(MODEL).map(({ name }) => name)
    expect(common).toEqual(['home', 'database-url', 'log-level', 'log-file', 'json', 'color'])
    for (const { name, flags } of MODEL.commands) {
      const found = flags.filter(({ isCommon }) => isCommon).map((flag) => flag.name)
      expect([name, found]).toEqual([name, common])
    }
  })

  it('has the examples as they are typed', () => {
    expect(commandOf('db url')?.examples[0]).toEqual({
      description: 'Look into the database',
      command: 'psql "$(perpctl db url)"',
    })
  })
})
