import envPaths from 'env-paths'
import * as z from 'zod'
import type { VenueSettings } from '../venue/setting.ts'
import {
  databaseUrl,
  duration,
  factor,
  instant,
  logLevel,
  partNames,
  pointInTime,
  proxies,
  share,
  source,
  symbols,
  tvMethod,
  wholeNumber,
} from './fields.ts'

/** What every command knows. */
export const commonSettings = z.object({
  home: z.string().default(() => envPaths('perpctl', { suffix: '' }).data),
  databaseUrl: databaseUrl.optional(),
  /** Given on the command line: then `--sim` uses it too. */
  isDatabaseUrlFlag: z.boolean().default(false),
  logLevel: logLevel.default('info'),
  logFile: z.string().optional(),
  json: z.boolean().default(false),
  color: z.boolean().default(true),
  address: z
    .string()
    .regex(/^[\p{L}\p{N}._:-]{1,100}$/u, 'expected a name of letters, digits, dots and dashes')
    .optional()
    .describe(
      'name of the public address that requests leave from, the same for all machines behind it (default: the name of the host); they share one budget',
    ),
  /** What venues want to be told, checked by whoever knows them. */
  venues: z.custom<VenueSettings>().default({}),
})
export type CommonSettings = z.output<typeof commonSettings>

/** What every command knows that fetches from a venue. */
const runSettings = commonSettings.extend({
  /** Checked likewise. */
  venue: z.string(),
  symbols: symbols.optional(),
  proxies: proxies.default([]),
  direct: z.boolean().default(true),
  concurrency: wholeNumber(1, 256).default(16),
  dbTimeout: duration.default(300_000),
  requestTimeout: duration.default(15_000),
  venueTimeout: duration.default(60_000),
  period: wholeNumber(2, 1_000).default(14),
  sim: z.boolean().default(false),
  simData: z.string().optional(),
})
export type RunSettings = z.output<typeof runSettings>

export const backfillSettings = runSettings.extend({
  since: instant.default({ ago: 30 * 86_400_000 }),
  until: pointInTime.optional(),
  refetch: z.boolean().default(false),
  refetchChanged: z.boolean().default(false),
  takeover: z.boolean().default(false),
  retryAbsent: z.boolean().default(false),
  source: source.default('rest'),
  tvMethod: tvMethod.default('weighted'),
  skip: partNames.default([]),
  dryRun: z.boolean().default(false),
})
export type BackfillSettings = z.output<typeof backfillSettings>

export const streamSettings = runSettings.extend({
  /** Undefined: holes in what is stored. */
  since: instant.optional(),
  for: duration.optional(),
  heartbeat: duration.refine((ms) => ms > 0, 'expected at least 1s').default(60_000),
  stallTimeout: duration.refine((ms) => ms > 0, 'expected at least 1s').default(15_000),
  reconnectMax: duration.refine((ms) => ms > 0, 'expected at least 1s').default(30_000),
  recheck: duration.default(3_600_000),
  rsi: z.boolean().default(true),
  oiPoll: z.boolean().default(false),
  takeover: z.boolean().default(false),
  standby: z.boolean().default(false),
  /** Undefined: all of them. */
  share: share.optional(),
  simRate: factor.optional(),
})
export type StreamSettings = z.output<typeof streamSettings>

/** What `doctor` looks at. */
export const doctorSettings = runSettings.omit({
  symbols: true,
  concurrency: true,
  dbTimeout: true,
  venueTimeout: true,
  period: true,
  simData: true,
})
export type DoctorSettings = z.output<typeof doctorSettings>

/** Variables that have no flag, beside those of venues. */
export const ENVIRONMENT_ONLY: Readonly<Record<string, string>> = { address: 'PERPCTL_ADDRESS' }

export interface SettingDescription {
  readonly variable: string
  readonly description: string
  readonly defaultValue: string | undefined
}

/** The same, as the schema describes them. */
export const describeEnvironmentOnly = (): SettingDescription[] =>
  Object.entries(ENVIRONMENT_ONLY).map(([key, variable]) => {
    const fields: Readonly<Record<string, z.ZodType>> = commonSettings.shape
    return { variable, description: fields[key]?.description ?? '', defaultValue: undefined }
  })
