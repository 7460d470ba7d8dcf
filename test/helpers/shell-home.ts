import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { BIN, type CliResult, type Environment, type RunningCli } from './cli.ts'

/** A home folder with a `perpctl` that is found first, and settings in its `.env`. */
export interface ShellHome extends Disposable {
  readonly folder: string
  writeSettings(settings: Environment): void
  /** A program that is found first: a script in sh. */
  addProgram(name: string, script: string): void
  /** Runs the command as cron does: by /bin/sh, in the home, with nothing in the environment but this. */
  start(command: string, variables: Environment): RunningCli
  run(command: string, variables: Environment): Promise<CliResult>
}

export function createShellHome(): ShellHome {
  const folder = mkdtempSync(join(tmpdir(), 'perpctl-cron-'))
  const programs = join(folder, 'bin')
  mkdirSync(programs)
  const addProgram = (name: string, script: string): void =>
    writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  addProgram('perpctl', `exec '${process.execPath}' '${BIN}' "$@"`)
  const start = (command: string, { PATH = '/usr/bin:/bin', ...rest }: Environment): RunningCli => {
    const child = spawn('/bin/sh', ['-c', command], {
      cwd: folder,
      env: { HOME: folder, LOGNAME: 'perpctl', ...rest, PATH: `${programs}:${PATH}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return { child, done: collect(child) }
  }
  return {
    folder,
    writeSettings(settings) {
      const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
      writeFileSync(join(folder, '.env'), lines.join(''))
    },
    addProgram,
    start,
    run: async (command, variables) => await start(command, variables).done,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function collect(child: ChildProcessByStdio<null, Readable, Readable>): Promise<CliResult> {
  const [[code, signal], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ])
  return { code: code ?? undefined, signal: signal ?? undefined, stdout, stderr }
}
