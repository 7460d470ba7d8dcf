import * as z from 'zod'
import { ConfigurationError, UsageError } from '../errors.ts'
import { findOddCharacter } from './characters.ts'

/** One setting as found: its value and the name by which the user knows it (`--since` or `PERPCTL_SINCE`). */
export interface FoundSetting {
  readonly value: unknown
  readonly name: string
  readonly isFlag: boolean
}

/** What is wrong with a setting, in words that do not repeat what may hold a password. */
export interface SettingProblem {
  readonly text: string
  readonly isFlag: boolean
}

/**
 * Checks all settings at once and tells every problem in one message, those that somebody else has found among them. A
 * wrong flag is a usage error (exit 2), a wrong variable a configuration error (exit 4).
 */
export function readSettings<Schema extends z.ZodType>(
  schema: Schema,
  found: Readonly<Record<string, FoundSetting>>,
  others: readonly SettingProblem[] = [],
): z.output<Schema> {
  const { data, problems } = checkSettings(schema, found)
  const all = [...problems, ...others]
  if (data !== undefined && all.length === 0) return data
  const text = [...new Set(all.map((problem) => problem.text))].join('; ')
  const hint = 'see --help and the manual for what each setting takes'
  throw all.some((problem) => problem.isFlag)
    ? new UsageError(text, { hint })
    : new ConfigurationError(text, { hint })
}

/** Without `data` there are problems. Only the fields that can hold no password repeat the value. */
export function checkSettings<Schema extends z.ZodType>(
  schema: Schema,
  found: Readonly<Record<string, FoundSetting>>,
): { readonly data?: z.output<Schema>; readonly problems: readonly SettingProblem[] } {
  const values = Object.entries(found).map(([key, { value }]): [string, unknown] => [key, trim(value)])
  const given = values.filter(([, value]) => value !== undefined && value !== '')
  const odd = given.flatMap(([key, value]) => findOdd(schema, key, value))
  const parsed = schema.safeParse(Object.fromEntries(given))
  if (parsed.success && odd.length === 0) return { data: parsed.data, problems: [] }
  const told = new Set(odd.map(({ key }) => key))
  const issues = (parsed.error?.issues ?? [])
    .map((issue) => ({ key: String(issue.path[0]), message: issue.message }))
    .filter(({ key }) => !told.has(key))
  const problems = [...odd, ...issues].map(({ key, message }) => {
    const setting = found[key]
    return { text: `${setting?.name ?? key}: ${message}`, isFlag: setting?.isFlag ?? false }
  })
  return { problems }
}

/** A line break or a space around it is a slip of copying; a byte order mark counts as such a space. */
const trim = (value: unknown): unknown => (typeof value === 'string' ? value.trim() : value)

/** Inside, it is part of nothing that a setting becomes: a header, a url, a file name, a word. */
function findOdd(schema: z.ZodType, key: string, value: unknown): { key: string; message: string }[] {
  const isOfSchema = !(schema instanceof z.ZodObject) || key in schema.shape
  const kind = isOfSchema && typeof value === 'string' ? findOddCharacter(value) : undefined
  return kind === undefined ? [] : [{ key, message: `there is ${kind} inside` }]
}
