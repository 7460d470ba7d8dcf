import type { Interfaces } from '@oclif/core'
import { ENVIRONMENT_ONLY } from '../lib/config/settings.ts'
import { VENUE_SETTINGS } from '../venues/index.ts'
import { COMMANDS } from './index.ts'

/** Every variable that some command knows. */
export function listVariables(): ReadonlySet<string> {
  const ofFlags = Object.values(COMMANDS).flatMap((command) => {
    const flags: Interfaces.FlagInput = { ...command.baseFlags, ...command.flags }
    return Object.values(flags).flatMap((flag) => ('env' in flag && flag.env ? [flag.env] : []))
  })
  return new Set([
    ...ofFlags,
    ...Object.values(ENVIRONMENT_ONLY),
    ...VENUE_SETTINGS.map(({ variable }) => variable),
  ])
}
