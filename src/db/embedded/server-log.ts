import { copyFile, open, rm, stat, truncate } from 'node:fs/promises'
import { systemCodeOf } from './files.ts'

const LOG_LIMIT = 16 * 1024 * 1024
const TAIL_BYTES = 8_192
const TAIL_LINES = 5

export async function sizeOfLog(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error))) return 0
    throw error
  }
}

/** The server appends, so that its log can be emptied while it runs; the lines so far stay in `….old`. */
export async function limitLog(path: string): Promise<void> {
  if ((await sizeOfLog(path)) <= LOG_LIMIT) return
  // Another user may have made it: who may write in the folder may remove it, but not write to it.
  await rm(`${path}.old`, { force: true })
  await copyFile(path, `${path}.old`)
  await truncate(path)
}

/** Some reasons (an unknown setting) are told in lines that call themselves LOG. */
const TELLING = /error|fatal|panic|hint|could not|cannot|unrecognized|invalid/i
/** Time and process of the server's lines, and the progress that initdb writes before them. */
const PREFIX = /^(?:[a-z][^:]* \.\.\. )?\d{4}-\d\d-\d\d [\d:.]+ \S+ \[\d+\] /

/** The last lines of a program's output that give a reason, as one line. */
export function lastLines(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.replace(PREFIX, '').replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '')
  const telling = lines.filter((line) => TELLING.test(line))
  return (telling.length > 0 ? telling : lines).slice(-TAIL_LINES).join(' | ')
}

export async function readLogFrom(path: string, offset: number): Promise<string> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const start = Math.max(offset, size - TAIL_BYTES)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, start)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}
