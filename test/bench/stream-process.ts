import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type ProcessorTime, readProcess, spentSince } from './processor.ts'

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
/** How a shell tells that SIGINT ended a command. */
const INTERRUPTED = 130

/** Cores of their own for the stream and for what feeds it; undefined where processes cannot be held to one. */
export const CORES: { readonly stream: number; readonly feed: number } | undefined =
  availableParallelism() > 1 && spawnSync('taskset', ['-V']).status === 0
    ? { stream: availableParallelism() - 1, feed: 0 }
    : undefined

/** The command that runs another one on a core; `exec` keeps the process id. */
export const pinned = (
  core: number | undefined,
  command: string,
  args: readonly string[],
): [string, readonly string[]] =>
  core === undefined ? [command, args] : ['taskset', ['-c', String(core), command, ...args]]

export interface StreamOrder {
  readonly databaseUrl: string
  readonly restUrl: string
  readonly wsUrl: string
  readonly symbols: readonly string[]
  readonly more?: readonly string[]
  readonly core?: number | undefined
}

/** Of a living process, megabytes. */
export interface Memory {
  readonly resident: number
  readonly peak: number
}

/** The built `perpctl stream` as a process of its own. */
export interface StreamProcess extends AsyncDisposable {
  readonly pid: number
  memory(): Memory
  /** Since its start. */
  processor(): ProcessorTime
  /** Interrupts it; throws unless it ends as such a run does. */
  stop(): Promise<void>
}

export async function startStream(order: StreamOrder): Promise<StreamProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'perpctl-bench-stream-'))
  const { symbols, more = [], core } = order
  const [command, args] = pinned(core, BIN, ['stream', '--symbols', symbols.join(','), ...more])
  const child = spawn(command, args, {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      PERPCTL_HOME: folder,
      DATABASE_URL: order.databaseUrl,
      PERPCTL_BINANCE_REST_URL: order.restUrl,
      PERPCTL_BINANCE_WS_URL: order.wsUrl,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const closed = once(child, 'close')
  const words = text(child.stderr)
  const pid = child.pid ?? 0
  return {
    pid,
    memory: () => readMemory(pid),
    processor: () => spentSince({ user: 0, system: 0 }, readProcess(pid)),
    async stop() {
      child.kill('SIGINT')
      const [code] = await closed
      if (code !== INTERRUPTED) throw new Error(`the stream ended with exit code ${code}: ${await words}`)
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) child.kill('SIGKILL')
      await closed
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function readMemory(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const read = (name: string): number => Number(new RegExp(`${name}:\\s*(\\d+) kB`).exec(status)?.[1]) / 1_024
  return { resident: read('VmRSS'), peak: read('VmHWM') }
}
