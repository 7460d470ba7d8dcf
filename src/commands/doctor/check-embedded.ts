import { withDatabase } from '../../db/database-url.ts'
import { ensureEmbedded } from '../../db/embedded/ensure.ts'
import { type EmbeddedState, inspectEmbedded } from '../../db/embedded/inspect.ts'
import { type FoundBinaries, inspectBinaries } from '../../db/embedded/inspect-binaries.ts'
import { type Finding, findingsOf } from '../../lib/diagnosis/finding.ts'
import { DatabaseError, PerpctlError } from '../../lib/errors.ts'
import { formatDuration } from '../../lib/text/durations.ts'
import { ownCommand } from '../../lib/text/own-command.ts'
import { within } from '../../lib/time/within.ts'
import { SIM_DATABASE } from '../database.ts'
import type { DatabaseTarget } from './check-database.ts'

const report = findingsOf('database')

export interface EmbeddedChoice {
  readonly home: string
  readonly isSim: boolean
  readonly signal: AbortSignal
  readonly limitMs: number
  /** Told what takes a while. */
  readonly note: (message: string) => void
}

export interface EmbeddedOutcome {
  readonly findings: readonly Finding[]
  /** Undefined where there is no server to look at. */
  readonly target: DatabaseTarget | undefined
  /** Why there is none. */
  readonly reason: string
}

/** A server that was made is started, as any other command does; one that was not is not made. */
export async function checkEmbedded(choice: EmbeddedChoice): Promise<EmbeddedOutcome> {
  const binaries = await checkBinaries(choice.home)
  try {
    const state = await inspectEmbedded(choice.home)
    if (!state.initialised) {
      const message = `there is no embedded PostgreSQL yet; the first run makes it in ${state.dataFolder}`
      const absent = report.note('server', message, { details: { ...state } })
      return { findings: [binaries, absent], target: undefined, reason: 'there is no database yet' }
    }
    const { url } = await start(choice)
    const target: DatabaseTarget = {
      url: choice.isSim ? withDatabase(url, SIM_DATABASE) : url,
      dataFolder: state.dataFolder,
      mayBeAbsent: choice.isSim,
    }
    return { findings: [binaries, await describeServer(choice.home, state)], target, reason: '' }
  } catch (error) {
    if (!(error instanceof PerpctlError)) throw error
    const reason = 'the embedded PostgreSQL cannot be used'
    return { findings: [binaries, report.error('server', error)], target: undefined, reason }
  }
}

async function start({ home, signal, limitMs, note }: EmbeddedChoice): Promise<{ url: string }> {
  try {
    return await within(signal, ensureEmbedded(home, { signal, note }))
  } catch (error) {
    if (!signal.aborted) throw error
    throw new DatabaseError(`the embedded PostgreSQL is not ready after ${formatDuration(limitMs)}`, {
      hint: `see ${ownCommand('db status')}; after a crash it may take minutes to recover`,
    })
  }
}

async function describeServer(home: string, before: EmbeddedState): Promise<Finding> {
  const state = await inspectEmbedded(home)
  const { version, pid, port, dataFolder } = state
  const how = before.running ? 'runs' : 'was not running and has been started'
  const message = `PostgreSQL ${version} ${how}: process ${pid}, port ${port}, data in ${dataFolder}`
  return report[before.running ? 'ok' : 'note']('server', message, {
    details: { ...state, isStartedNow: !before.running },
  })
}

const PLACES: Readonly<Record<FoundBinaries['place'], string>> = {
  package: 'that run on this machine',
  copy: 'of which the server gets a copy beside its data',
  executable: 'inside this executable, unpacked beside the data',
}

async function checkBinaries(home: string): Promise<Finding> {
  try {
    const { version, place } = await inspectBinaries(home)
    return report.ok('binaries', `programs of PostgreSQL ${version} ${PLACES[place]}`, {
      details: { version, place },
    })
  } catch (error) {
    if (error instanceof PerpctlError) return report.error('binaries', error)
    throw error
  }
}
