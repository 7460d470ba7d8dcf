import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

export interface CliResult {
  /** Exit code, or undefined where a signal ended the process. */
  readonly code: number | undefined
  readonly signal: NodeJS.Signals | undefined
  readonly stdout: string
  readonly stderr: string
}

export interface RunningCli {
  readonly child: ChildProcess
  readonly done: Promise<CliResult>
}

export type Environment = Readonly<Record<string, string>>

/**
 * Starts the built command line in an empty folder with nothing of this process's configuration, as one who has put
 * `perpctl` on the PATH.
 */
export function startCli(args: readonly string[], env: Environment = {}): RunningCli {
  const folder = mkdtempSync(join(tmpdir(), 'perpctl-cli-'))
  const programs = join(folder, 'bin')
  mkdirSync(programs)
  symlinkSync(BIN, join(programs, 'perpctl'))
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: folder,
    env: {
      PATH: `${programs}${delimiter}${process.env.PATH ?? ''}`,
      HOME: folder,
      PERPCTL_HOME: join(folder, 'home'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()))
  const done = new Promise<CliResult>((resolve) => {
    child.once('close', (code, signal) => {
      rmSync(folder, { recursive: true, force: true })
      resolve({ code: code ?? undefined, signal: signal ?? undefined, ...output })
    })
  })
  return { child, done }
}

export const runCli = (args: readonly string[], env: Environment = {}): Promise<CliResult> =>
  startCli(args, env).done
