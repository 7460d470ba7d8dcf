import { createRedactor, type Redactor, secretsOfUrl } from '../lib/text/secrets.ts'
import type { VenueSettings } from '../lib/venue/setting.ts'
import { secretsIn } from '../venues/settings.ts'

interface SecretSettings {
  readonly proxies: readonly string[]
  readonly venues: VenueSettings
}

/** Hides what the settings hold of secrets, and the password in the url of the database. */
export function createSettingsRedactor(
  { proxies, venues }: SecretSettings,
  databaseUrl: string | undefined,
): Redactor {
  const keys = secretsIn(venues)
  const urls = [...(databaseUrl === undefined ? [] : [databaseUrl]), ...proxies, ...keys]
  return createRedactor([...urls.flatMap(secretsOfUrl), ...keys])
}
