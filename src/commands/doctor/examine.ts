import { describeDatabase } from '../../db/connect.ts'
import type { DoctorSettings } from '../../lib/config/settings.ts'
import { type Finding, findingsOf } from '../../lib/diagnosis/finding.ts'
import { PerpctlError } from '../../lib/errors.ts'
import { listWays } from '../../lib/http/ways.ts'
import { settleAll } from '../../lib/time/within.ts'
import { chooseDatabaseUrl } from '../database.ts'
import { openVenue } from '../run/open-venue.ts'
import { checkHome, checkLogFile, checkSpool } from './check-files.ts'
import { checkSettings, type SettingsScene } from './check-settings.ts'
import { examineDatabase } from './examine-database.ts'
import { examineVenue, skipVenue } from './examine-venue.ts'

const report = findingsOf('configuration')

export interface DoctorScene extends SettingsScene {
  readonly settings: DoctorSettings
  readonly signal: AbortSignal
  readonly note: (message: string) => void
}

/**
 * Everything that a run depends on. What answers nobody is waited for side by side, and for no longer than one request
 * may take: a diagnosis is for what does not work.
 */
export async function examine(scene: DoctorScene): Promise<Finding[]> {
  await using stack = new AsyncDisposableStack()
  const { settings, signal, note } = scene
  const venue = await openVenue(stack, settings)
  const ways = { proxies: settings.proxies, usesDirect: settings.direct }
  const hasWay = listWays(ways).length > 0
  const databaseUrl = chooseDatabaseUrl(settings)
  const urlError = findUrlError(databaseUrl)
  const database = examineDatabase({ settings, databaseUrl, isUsable: urlError === undefined, signal, note })
  const [configuration, databaseFindings, venueFindings] = await settleAll([
    examineConfiguration(scene, databaseUrl === undefined),
    database.findings,
    hasWay ? examineVenue({ venue, settings, ways, databaseUrl: database.url, signal }) : skipVenue(),
  ])
  signal.throwIfAborted()
  return [
    ...configuration,
    ...(urlError ? [report.error('database url', urlError)] : []),
    ...(hasWay ? [] : [NO_WAY]),
    ...databaseFindings,
    ...venueFindings,
  ]
}

async function examineConfiguration(scene: DoctorScene, holdsDatabase: boolean): Promise<Finding[]> {
  const { home, logFile } = scene.settings
  return await Promise.all([
    checkSettings(scene),
    checkHome({ home, holdsDatabase }),
    ...(logFile === undefined ? [] : [checkLogFile(logFile)]),
    checkSpool(home),
  ])
}

const NO_WAY = report.failed('lanes', 'there is no way to the venue: --no-direct without a proxy', {
  hint: 'name proxies with --proxies (PERPCTL_PROXIES), or take --no-direct (PERPCTL_DIRECT=false) away',
})

/** A url that cannot be read, or a file in it; undefined where nothing is wrong. */
function findUrlError(url: string | undefined): PerpctlError | undefined {
  if (url === undefined) return undefined
  try {
    describeDatabase(url)
    return undefined
  } catch (error) {
    if (error instanceof PerpctlError) return error
    throw error
  }
}
