import * as z from 'zod'
import { pointInTime, symbols, wholeNumber } from '../../lib/config/fields.ts'
import { commonSettings } from '../../lib/config/settings.ts'

const reportSettings = commonSettings.extend({
  sim: z.boolean().default(false),
  tail: z.boolean().default(false),
})
export type ReportSettings = z.output<typeof reportSettings>

export const statusSettings = reportSettings.extend({
  venue: z.string(),
  symbols: symbols.optional(),
  limit: wholeNumber(1, 10_000).optional(),
  all: z.boolean().default(false),
  long: z.boolean().default(false),
})
export type StatusSettings = z.output<typeof statusSettings>

export const errorsSettings = reportSettings.extend({
  run: z
    .string()
    .regex(/^[0-9a-f][0-9a-f-]{0,35}$/i, 'expected the id of a run, or how it begins (6f1c2d3e)')
    .optional(),
  symbol: z.string().optional(),
  type: z.string().optional(),
  since: pointInTime.optional(),
  until: pointInTime.optional(),
  limit: wholeNumber(1, 100_000).default(50),
  verbose: z.boolean().default(false),
})
export type ErrorsSettings = z.output<typeof errorsSettings>
