import { describe, expect, it } from 'vitest'
import type * as z from 'zod'
import { MODEL } from '../../bin/docs/model.ts'
import { errorsSettings, statusSettings } from '../../src/commands/report/settings.ts'
import { simSettings } from '../../src/commands/sim.ts'
import type { Values } from '../../src/commands/values.ts'
import { readSettings } from '../../src/lib/config/read.ts'
import {
  backfillSettings,
  commonSettings,
  doctorSettings,
  streamSettings,
} from '../../src/lib/config/settings.ts'
import { parseFaultText } from '../../src/sim/core/fault-rules.ts'
import { readVenueSettings } from '../../src/venues/settings.ts'

/** By the first word of a command, what it checks its settings with. */
const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  backfill: backfillSettings,
  completion: commonSettings,
  db: commonSettings,
  doctor: doctorSettings,
  errors: errorsSettings,
  licenses: commonSettings,
  man: commonSettings,
  sim: simSettings,
  status: statusSettings,
  stream: streamSettings,
}

const toKey = (flag: string): string => flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

interface Offered {
  readonly place: string
  readonly kind: Values['kind']
  readonly words: readonly string[]
  readonly check: (word: string) => unknown
}

const offered: readonly Offered[] = MODEL.commands.flatMap(({ name: command, flags }) =>
  flags.flatMap(({ name, value, isRepeatable }) => {
    if (!value || !('words' in value.values) || value.values.words.length === 0) return []
    const schema = SCHEMAS[command.split(' ')[0] ?? '']
    if (!schema) throw new Error(`with what does ${command} check its settings?`)
    const key = toKey(name)
    const check = (word: string): unknown => {
      if (name === 'fault') parseFaultText(word)
      const found = { value: isRepeatable ? [word] : word, name: `--${name}`, isFlag: true }
      const venue = { ...found, value: name === 'venue' ? word : undefined }
      const chosen = readVenueSettings({}, venue)
      const all = { venue: { ...venue, value: chosen.venue }, [key]: found }
      return Object(readSettings(schema, all, chosen.problems))[key]
    }
    return [{ place: `${command} --${name}`, ...value.values, check }]
  }),
)

describe('what completion offers', () => {
  it('is worth a test', () => {
    expect(offered.length).toBeGreaterThan(60)
    expect(new Set(offered.map(({ kind }) => kind))).toEqual(new Set(['one', 'some', 'free']))
  })

  it.each(offered)('$place: every word is accepted', ({ words, check }) => {
    for (const word of words) expect(() => check(word)).not.toThrow()
  })

  it.each(offered.filter(({ kind }) => kind !== 'free'))('$place: no other word is', ({ words, check }) => {
    for (const word of ['other', `${words[0]}x`, words[0]?.toUpperCase() ?? '']) {
      expect(() => check(word)).toThrow(/: (?:expected|there is no such venue)/)
    }
  })

  it.each(offered.filter(({ kind }) => kind === 'some'))(
    '$place: all words together are',
    ({ words, check }) => {
      expect(check(words.toReversed().join(','))).toEqual(words)
    },
  )
})
