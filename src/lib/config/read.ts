import type * as z from 'zod'
import { ConfigurationError, UsageError } from '../errors.ts'

/** One setting as found: its value and the name by which the user knows it (`--since` or `PERPCTL_SINCE`). */
export interface FoundSetting {
  readonly value: unknown
  readonly name: string
  readonly isFlag: boolean
}

/**
 * Checks all settings at once and tells every problem in one message. A wrong flag is a usage error (exit 2), a wrong
 * variable a configuration error (exit 4). The value itself is not repeated: it may hold a password.
 */
export function readSettings<Schema extends z.ZodType>(
  schema: Schema,
  found: Readonly<Record<string, FoundSetting>>,
): z.output<Schema> {
  const given = Object.entries(found).filter(
    ([, setting]) => setting.value !== undefined && setting.value !== '',
  )
  const parsed = schema.safeParse(Object.fromEntries(given.map(([key, setting]) => [key, setting.value])))
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => {
    const setting = found[String(issue.path[0])]
    return {
      text: `${setting?.name ?? issue.path.join('.')}: ${issue.message}`,
      isFlag: setting?.isFlag ?? false,
    }
  })
  const text = [...new Set(problems.map((problem) => problem.text))].join('; ')
  const hint = 'see --help and the README for what each setting takes'
  throw problems.some((problem) => problem.isFlag)
    ? new UsageError(text, { hint })
    : new ConfigurationError(text, { hint })
}
