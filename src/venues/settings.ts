import * as z from 'zod'
import { orWords } from '../lib/config/choices.ts'
import { expectedNot } from '../lib/config/expected.ts'
import { key, venueUrl } from '../lib/config/fields.ts'
import { checkSettings, type FoundSetting, type SettingProblem } from '../lib/config/read.ts'
import type { VenueSetting, VenueSettings } from '../lib/venue/setting.ts'
import { DEFAULT_VENUE, VENUE_NAMES, VENUE_SETTINGS } from './index.ts'

const venueName = z
  .enum(VENUE_NAMES, {
    error: ({ input }) => `${expectedNot(orWords(VENUE_NAMES), input)}: there is no such venue`,
  })
  .default(DEFAULT_VENUE)

const PLAIN = { 'https:': 'http:', 'wss:': 'ws:' } as const

function fieldOf({ kind, defaultValue }: VenueSetting): z.ZodType<string | undefined> {
  const field = kind === 'key' ? key : venueUrl(kind, PLAIN[kind])
  return defaultValue === undefined ? field.optional() : field.default(defaultValue)
}

const venueSettings = z.object({
  ...Object.fromEntries(VENUE_SETTINGS.map((setting) => [setting.name, fieldOf(setting)])),
})

/** Checked by kind, defaults filled in; the name of the venue as `--venue` or its variable gives it. */
export function readVenueSettings(
  environment: Readonly<Record<string, string | undefined>>,
  venue: FoundSetting,
): {
  readonly venue: string
  readonly settings: VenueSettings
  readonly problems: readonly SettingProblem[]
} {
  const told = VENUE_SETTINGS.map(({ name, variable }) => [
    name,
    { value: environment[variable], name: variable, isFlag: false },
  ])
  const settings = checkSettings(venueSettings, Object.fromEntries(told))
  const chosen = checkSettings(z.object({ venue: venueName }), { venue })
  return {
    venue: chosen.data?.venue ?? DEFAULT_VENUE,
    settings: settings.data ?? {},
    problems: [...chosen.problems, ...settings.problems],
  }
}

/** The same for a simulated venue that has told its addresses. */
export function simulatedSettings(told: Readonly<Record<string, string>>): VenueSettings {
  return Object.fromEntries(
    VENUE_SETTINGS.map(({ name, simulated }) => [
      name,
      'value' in simulated ? simulated.value : told[simulated.address],
    ]),
  )
}

/** Never to be shown. */
export const secretsIn = (settings: VenueSettings): string[] =>
  VENUE_SETTINGS.flatMap(({ name, kind }) => (kind === 'key' ? (settings[name] ?? []) : []))
