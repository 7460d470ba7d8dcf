import { readFile, readlink, realpath } from 'node:fs/promises'
import { connect } from 'node:net'
import { systemCodeOf } from './files.ts'
import type { Layout } from './layout.ts'

/** What the server itself says in its `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number
  readonly port: number
  readonly state: 'starting' | 'ready' | 'stopping'
}

const LINES = { pid: 0, port: 3, state: 7 } as const

function parsePostmaster(text: string): Postmaster | undefined {
  const lines = text.split('\n').map((line) => line.trim())
  const pid = Number(lines[LINES.pid])
  if (!Number.isInteger(pid) || pid < 1) return undefined
  const word = lines[LINES.state]
  const state = word === 'ready' || word === 'stopping' ? word : 'starting'
  return { pid, port: Number(lines[LINES.port] ?? 0), state }
}

function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCodeOf(error) === 'EPERM'
  }
}

/** Length and code of the request that a PostgreSQL server answers with one byte before it knows who asks. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])
const ANSWER_TIMEOUT = 2_000

/** True when a PostgreSQL server answers on this port of the local machine. */
function answersOn(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: ANSWER_TIMEOUT })
    const finish = (isServer: boolean): void => {
      socket.destroy()
      resolve(isServer)
    }
    socket.on('connect', () => socket.write(SSL_REQUEST))
    socket.on('data', (data) => finish(data.toString('latin1', 0, 1) === 'N' || data[0] === 0x53))
    socket.on('timeout', () => finish(false))
    socket.on('error', () => finish(false))
    socket.on('close', () => finish(false))
  })
}

/**
 * A process id alone proves nothing: after a crash or a reboot another process may have it. A postmaster works in its
 * data folder, and Linux tells where a process works; a process that is dead but not yet reaped works nowhere. Elsewhere
 * a server that is ready must answer.
 */
async function isPostmasterOf(data: string, { pid, port, state }: Postmaster): Promise<boolean> {
  if (!isProcess(pid)) return false
  if (process.platform !== 'linux') return state !== 'ready' || (await answersOn(port))
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === (await realpath(data))
  } catch (error) {
    return systemCodeOf(error) !== 'ENOENT'
  }
}

async function readPostmasterFile(layout: Layout): Promise<string | undefined> {
  try {
    return await readFile(layout.postmasterFile, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error))) return undefined
    throw error
  }
}

/** The live server of this home, in whatever state; undefined without one. */
export async function findPostmaster(layout: Layout): Promise<Postmaster | undefined> {
  const postmaster = parsePostmaster((await readPostmasterFile(layout)) ?? '')
  if (!postmaster || !(await isPostmasterOf(layout.data, postmaster))) return undefined
  return postmaster
}

/** The process id that a dead server left behind, which may now be that of any other process. */
export async function findStalePid(layout: Layout): Promise<number | undefined> {
  const text = await readPostmasterFile(layout)
  return text === undefined ? undefined : parsePostmaster(text)?.pid
}
