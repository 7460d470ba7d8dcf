import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseDatabaseUrl } from '../../src/db/database-url.ts'
import { chooseFreePort } from '../../src/db/embedded/port.ts'

const PATHS = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']

function findProgram(): string | undefined {
  for (const folder of PATHS) {
    try {
      execFileSync(join(folder, 'pgbouncer'), ['--version'])
      return join(folder, 'pgbouncer')
    } catch {}
  }
  return undefined
}

const program = findProgram()
export const hasPgBouncer = program !== undefined

export interface Pooler extends AsyncDisposable {
  /** The same database through the pooler. */
  readonly url: string
}

/** A real PgBouncer before the server of `url`. */
export async function startPgBouncer(
  url: string,
  mode: 'session' | 'transaction' | 'statement',
  extra: readonly string[] = [],
): Promise<Pooler> {
  const { host, port, user, password = '', database } = parseDatabaseUrl(url)
  const folder = await mkdtemp(join(tmpdir(), 'perpctl-pgbouncer-'))
  await chmod(folder, 0o755)
  const listenPort = await chooseFreePort(0)
  const lines = [
    '[databases]',
    `${database} = host=${host} port=${port} user=${user} password=${password}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${listenPort}`,
    'unix_socket_dir =',
    'auth_type = any',
    `pool_mode = ${mode}`,
    ...extra,
  ]
  await writeFile(join(folder, 'pgbouncer.ini'), `${lines.join('\n')}\n`)
  // It refuses to run as root.
  const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const child = spawn(program ?? 'pgbouncer', ['-q', join(folder, 'pgbouncer.ini')], {
    stdio: 'ignore',
    ...identity,
  })
  const ended = once(child, 'exit')
  await waitForPort(listenPort)
  return {
    url: `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${listenPort}/${database}`,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function waitForPort(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error('pgbouncer does not listen')
}
