import { ENVIRONMENT_ONLY } from '../lib/config/settings.ts'
import { VENUE_SETTINGS } from '../venues/index.ts'
import type { DescribedCommand } from './cli-model.ts'

/** Every variable that one of the commands knows. */
export function listVariables(commands: readonly DescribedCommand[]): ReadonlySet<string> {
  const ofFlags = commands.flatMap(({ flags }) =>
    Object.values(flags).flatMap(({ env }) => (env ? [env] : [])),
  )
  return new Set([
    ...ofFlags,
    ...Object.values(ENVIRONMENT_ONLY),
    ...VENUE_SETTINGS.map(({ variable }) => variable),
  ])
}
