import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { BIN, type CliResult, type Environment } from './cli.ts'

/** A home folder with a `perpctl` that is found first, and settings in its `.env`. */
export interface ShellHome extends Disposable {
  readonly folder: string
  writeSettings(settings: Environment): void
  /** Runs the command as cron does: by /bin/sh, in the home, with nothing in the environment but this. */
  run(command: string, variables: Environment): Promise<CliResult>
}

export function createShellHome(): ShellHome {
  const folder = mkdtempSync(join(tmpdir(), 'perpctl-cron-'))
  const programs = join(folder, 'bin')
  mkdirSync(programs)
  const program = join(programs, 'perpctl')
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`)
  chmodSync(program, 0o755)
  return {
    folder,
    writeSettings(settings) {
      const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
      writeFileSync(join(folder, '.env'), lines.join(''))
    },
    async run(command, variables) {
      const { PATH = '/usr/bin:/bin', ...rest } = variables
      const child = spawn('/bin/sh', ['-c', command], {
        cwd: folder,
        env: { HOME: folder, LOGNAME: 'perpctl', ...rest, PATH: `${programs}:${PATH}` },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const [[code, signal], stdout, stderr] = await Promise.all([
        once(child, 'close'),
        text(child.stdout),
        text(child.stderr),
      ])
      return { code: code ?? undefined, signal: signal ?? undefined, stdout, stderr }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
