import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { ConfigurationError } from '../../lib/errors.ts'
import { systemCodeOf } from './files.ts'

/** The user as whom PostgreSQL runs; undefined stands for the user who runs perpctl. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
  readonly name: string
}

const DENIED = ['EPERM', 'EINVAL', 'EACCES']

/** Nothing of the caller's environment: PGDATA, PGPORT or a locale would change what the server does. */
export function serverEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { PATH = '/usr/bin:/bin', SystemRoot } = process.env
  return { PATH, LC_ALL: 'C', ...(SystemRoot !== undefined && { SystemRoot }), ...extra }
}

/** The root folder: the caller's working folder may be closed to the server's user. */
export const SERVER_FOLDER = '/'

export const identityOf = (user: ServerUser | undefined): { uid?: number; gid?: number } =>
  user ? { uid: user.uid, gid: user.gid } : {}

export function toSpawnError(error: unknown, file: string, user: ServerUser | undefined): unknown {
  if (!user || !DENIED.includes(systemCodeOf(error))) return error
  return new ConfigurationError(
    `${file} cannot be run as user ${user.name}, and PostgreSQL refuses to run as root`,
    {
      cause: error,
      hint: 'run perpctl as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own',
    },
  )
}

interface RunOptions {
  readonly user: ServerUser | undefined
  readonly input?: string
  readonly signal?: AbortSignal | undefined
}

/** Runs a program to its end. `output` is what it wrote to stdout, then to stderr. */
export async function runProgram(
  file: string,
  args: readonly string[],
  { user, input = '', signal }: RunOptions,
): Promise<{ succeeded: boolean; output: string }> {
  const child = spawn(file, args, {
    cwd: SERVER_FOLDER,
    env: serverEnvironment(),
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
    ...(signal && { signal }),
    ...identityOf(user),
  })
  // A program that ends without reading its input is told by its status, not by this pipe.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const status = new Promise<number | null>((resolve, reject) => {
    let failure: Error | undefined
    child.on('error', (error) => {
      failure = error
      if (child.pid === undefined) reject(error)
    })
    // An aborted program is still at work until it is gone.
    child.on('close', (code) => (failure ? reject(failure) : resolve(code)))
  })
  const [code, stdout, stderr] = await Promise.all([status, text(child.stdout), text(child.stderr)])
  return { succeeded: code === 0, output: stdout + stderr }
}
