import { type Finding, findingsOf } from '../../lib/diagnosis/finding.ts'
import { measureSpace } from './folder.ts'

const report = findingsOf('database')

/** Of the disk with the data of the embedded server; that of any other one is out of sight. */
export async function checkSpace(dataFolder: string | undefined): Promise<Finding> {
  if (dataFolder === undefined) {
    return report.note('space', 'the free disk space of a server of your own cannot be seen from here', {
      details: { freeBytes: null },
    })
  }
  const { freeBytes, status, text } = await measureSpace(dataFolder)
  const hint = status === 'ok' ? null : 'free disk space, or move the home to another disk (PERPCTL_HOME)'
  return report[status]('space', `${text} in ${dataFolder}`, { hint, details: { dataFolder, freeBytes } })
}
