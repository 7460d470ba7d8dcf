import { open, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { toHomeError } from '../../db/embedded/files.ts'
import { inspectSpool } from '../../db/spool-report.ts'
import { type Finding, findingsOf } from '../../lib/diagnosis/finding.ts'
import { PerpctlError } from '../../lib/errors.ts'
import { formatBytes } from '../../lib/text/bytes.ts'
import { formatCount, formatPlural } from '../../lib/text/numbers.ts'
import { ownCommand } from '../../lib/text/own-command.ts'
import { formatUtc } from '../../lib/text/times.ts'
import { findExisting, measureSpace, tryToWrite } from './folder.ts'

const report = findingsOf('configuration')

interface HomeChoice {
  readonly home: string
  /** Whether the embedded server, and with it everything, lives there. */
  readonly holdsDatabase: boolean
}

const FREE_SPACE = 'free disk space, or set PERPCTL_HOME to a folder on another disk'

export async function checkHome({ home, holdsDatabase }: HomeChoice): Promise<Finding> {
  const folder = resolve(home)
  try {
    const existing = await findExisting(folder)
    await tryToWrite(existing)
    const { freeBytes, status, text } = await measureSpace(existing)
    const exists = existing === folder
    const details = { folder, exists, isWritable: true, freeBytes }
    const place = exists ? `${folder} is writable` : `${folder} is not there yet and can be made`
    const hint = status === 'ok' ? null : FREE_SPACE
    return report[status]('home', `${place}, ${text}`, { hint, details })
  } catch (cause) {
    const error = toHomeError(cause, folder)
    if (!(error instanceof PerpctlError)) throw cause
    const details = { folder, isWritable: false }
    if (holdsDatabase) return report.failed('home', error.message, { hint: error.hint, details })
    return report.warning('home', `${error.message}: streams cannot keep rows there`, {
      hint: `set PERPCTL_HOME to a folder that you may write, if you run ${ownCommand('stream')}`,
      details,
    })
  }
}

/** Opened as a run opens it, but never made: its folder must let that happen. */
export async function checkLogFile(logFile: string): Promise<Finding> {
  const file = resolve(logFile)
  try {
    const exists = (await findExisting(file)) === file
    if (exists) await (await open(file, 'a')).close()
    else await tryToWrite(dirname(file))
    const { status, text } = await measureSpace(dirname(file))
    const message = `${file} ${exists ? 'is writable' : 'can be made'}, ${text}`
    const hint = status === 'ok' ? null : 'free disk space, or set PERPCTL_LOG_FILE to a file on another disk'
    return report[status]('log file', message, { hint, details: { file, exists } })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return report.failed('log file', `${file} cannot be written (${code})`, {
      hint: 'set PERPCTL_LOG_FILE (--log-file) to a file in a folder that is there and that you may write',
      details: { file, type: code },
    })
  }
}

/** Rows of a stream that ended while the database was away. */
export async function checkSpool(home: string): Promise<Finding> {
  const folder = join(resolve(home), 'spool')
  try {
    const { files, batches, bytes, newest, open: inUse } = await inspectSpool(folder)
    const details = { folder, files, batches, bytes, inUse }
    const beside = inUse === 0 ? '' : `; ${formatPlural(inUse, 'file')} in use by running streams`
    if (batches === 0) return report.ok('spool', `no rows wait in ${folder}${beside}`, { details })
    const what = `${formatCount(batches)} ${batches === 1 ? 'batch' : 'batches'} of rows (${formatBytes(bytes)})`
    const since = newest === undefined ? '' : `, the last of ${formatUtc(newest)}`
    return report.note('spool', `${what} of a stream that has ended wait in ${folder}${since}${beside}`, {
      hint: `start ${ownCommand('stream')} on the same database: it writes them first`,
      details: { ...details, newest: newest === undefined ? null : new Date(newest).toISOString() },
    })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return report.warning('spool', `${folder} cannot be read (${code})`, {
      hint: 'run perpctl as the user whose streams keep rows there',
      details: {
        folder,
        type: code,
        isThere: await stat(folder).then(
          () => true,
          () => false,
        ),
      },
    })
  }
}
