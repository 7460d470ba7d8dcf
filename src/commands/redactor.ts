import { createRedactor, type Redactor, secretsOfUrl } from '../lib/text/secrets.ts'

interface SecretSettings {
  readonly proxies: readonly string[]
  readonly coinalyzeKey?: string | undefined
}

/** Hides what the settings hold of secrets, and the password in the url of the database. */
export function createSettingsRedactor(
  { proxies, coinalyzeKey }: SecretSettings,
  databaseUrl: string | undefined,
): Redactor {
  const key = coinalyzeKey ? [coinalyzeKey] : []
  const urls = [...(databaseUrl === undefined ? [] : [databaseUrl]), ...proxies, ...key]
  return createRedactor([...urls.flatMap(secretsOfUrl), ...key])
}
