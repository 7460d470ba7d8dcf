import type { DoctorSettings } from '../../lib/config/settings.ts'
import type { Finding } from '../../lib/diagnosis/finding.ts'
import { checkDatabase, type DatabaseTarget, skipDatabase } from './check-database.ts'
import { checkEmbedded } from './check-embedded.ts'

/** All answers of a database together may take so long, or as long as one of them may. */
const LONGEST = 15_000

export interface DatabaseChoice {
  readonly settings: DoctorSettings
  /** Undefined: the embedded server. */
  readonly databaseUrl: string | undefined
  /** False where the url cannot be read. */
  readonly isUsable: boolean
  readonly signal: AbortSignal
  readonly note: (message: string) => void
}

export interface DatabaseExamination {
  readonly findings: Promise<Finding[]>
  /** Where budgets are kept, as soon as that is known; undefined where there is nothing to ask. */
  readonly url: Promise<string | undefined>
}

/** Begins at once. */
export function examineDatabase(choice: DatabaseChoice): DatabaseExamination {
  const { promise: url, resolve } = Promise.withResolvers<string | undefined>()
  const findings = look(choice, resolve)
  // Whoever waits for the findings hears of what failed.
  findings.catch(() => resolve(undefined))
  return { findings, url }
}

async function look(choice: DatabaseChoice, tellUrl: (url: string | undefined) => void): Promise<Finding[]> {
  const { settings, databaseUrl, isUsable } = choice
  const limitMs = settings.requestTimeout
  const signal = AbortSignal.any([choice.signal, AbortSignal.timeout(Math.max(limitMs, LONGEST))])
  if (databaseUrl !== undefined) {
    tellUrl(isUsable ? databaseUrl : undefined)
    if (!isUsable) return skipDatabase('its url cannot be read', ['connection'])
    const target: DatabaseTarget = { url: databaseUrl, dataFolder: undefined, mayBeAbsent: false }
    return await checkDatabase(target, { signal, limitMs })
  }
  const { home, sim: isSim } = settings
  const { findings, target, reason } = await checkEmbedded({
    home,
    isSim,
    signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
    limitMs,
    note: choice.note,
  })
  tellUrl(target?.url)
  const rest = target ? await checkDatabase(target, { signal, limitMs }) : skipDatabase(reason)
  choice.signal.throwIfAborted()
  return [...findings, ...rest]
}
