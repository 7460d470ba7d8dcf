import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

const SOURCES = new URL('../../src/', import.meta.url).href

/** A Node process that runs `code` as a module, which imports our sources as `src:db/connect.ts`. */
export function startNode(code: string, options: SpawnOptions = {}): ChildProcess {
  const source = code.replaceAll('src:', SOURCES)
  return spawn(process.execPath, ['--input-type=module', '--eval', source], { stdio: 'pipe', ...options })
}

export interface NodeResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export async function runNode(code: string, options: SpawnOptions = {}): Promise<NodeResult> {
  const child = startNode(code, options)
  if (!child.stdout || !child.stderr) throw new Error('the child has no pipes')
  const [[status], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ])
  return { code: status, stdout, stderr }
}
