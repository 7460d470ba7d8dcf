import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { openSpoolFile } from './spool.ts'

/** What streams have left in a spool folder for the next one. */
export interface SpoolReport {
  /** Files that no running stream has open and that hold something. */
  readonly files: number
  readonly batches: number
  readonly bytes: number
  /** When the newest of them was written to; undefined without any. */
  readonly newest: number | undefined
  /** Files of streams that run. */
  readonly open: number
}

const FILE = /^.+-\d+\.sqlite$/

/** Looks at the files, each for a moment; makes none. What the folder throws is the caller's to tell. */
export async function inspectSpool(folder: string): Promise<SpoolReport> {
  let report: SpoolReport = { files: 0, batches: 0, bytes: 0, newest: undefined, open: 0 }
  for (const name of await listNames(folder)) {
    const path = join(folder, name)
    const { mtimeMs } = await stat(path)
    const waiting = await countWaiting(path)
    if (!waiting) report = { ...report, open: report.open + 1 }
    else if (waiting.batches > 0) {
      report = {
        ...report,
        files: report.files + 1,
        batches: report.batches + waiting.batches,
        bytes: report.bytes + waiting.bytes,
        newest: Math.max(report.newest ?? 0, mtimeMs),
      }
    }
  }
  return report
}

async function listNames(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => FILE.test(name))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

/** Undefined where a stream has it open. */
async function countWaiting(path: string): Promise<{ batches: number; bytes: number } | undefined> {
  const { DatabaseSync } = await import('node:sqlite')
  const database = openSpoolFile(DatabaseSync, path)
  if (!database) return undefined
  try {
    const row = database
      .prepare('select count(*) as batches, coalesce(sum(length(body)), 0) as bytes from batches')
      .get()
    return { batches: Number(row?.batches), bytes: Number(row?.bytes) }
  } finally {
    database.close()
  }
}
