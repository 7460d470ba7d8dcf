import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CliResult, Environment } from './cli.ts'

export const BUILT = fileURLToPath(new URL('../../dist/perpctl', import.meta.url))
const BUILD = fileURLToPath(new URL('../../bin/binary/main.ts', import.meta.url))

/** Makes the executable from the sources as they are, at `output`. */
export function buildBinary(output = BUILT): void {
  const done = spawnSync(process.execPath, [BUILD, '--output', output], { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`the executable was not built: ${done.stderr}`)
}

export interface BareMachine extends Disposable {
  /** The executable, alone in a folder. */
  readonly file: string
  readonly home: string
  /** By its name alone, as from the PATH; with nothing in the environment but where the home is, and what is given here. */
  run(args: readonly string[], env?: Environment): Promise<CliResult>
}

/** Copies the executable to where nothing else is, to be run by a user (default: the one who runs the tests). */
export function makeBareMachine(uid?: number): BareMachine {
  const folder = mkdtempSync(join(tmpdir(), 'perpctl-bare-'))
  // Open to the other user, as /opt or /srv would be.
  chmodSync(folder, uid === undefined ? 0o711 : 0o777)
  const file = join(folder, 'perpctl')
  copyFileSync(BUILT, file)
  const home = join(folder, 'home')
  const identity = uid === undefined ? {} : { uid, gid: uid }
  return {
    file,
    home,
    run: async (args, env = {}) => {
      const options = { argv0: 'perpctl', cwd: folder, env: { PERPCTL_HOME: home, ...env }, ...identity }
      const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
      const output = { stdout: '', stderr: '' }
      child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()))
      child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()))
      return new Promise<CliResult>((resolve, reject) => {
        child.once('error', reject)
        child.once('close', (code, signal) =>
          resolve({ code: code ?? undefined, signal: signal ?? undefined, ...output }),
        )
      })
    },
    [Symbol.dispose]() {
      const stopped = spawnSync(file, ['db', 'stop'], { env: { PERPCTL_HOME: home }, encoding: 'utf8' })
      rmSync(folder, { recursive: true, force: true })
      if (stopped.status !== 0) throw new Error(`the server of ${home} was not stopped: ${stopped.stderr}`)
    },
  }
}
