import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { ConfigurationError } from '../../lib/errors.ts'

const START_TIMEOUT = 20_000

/** A simulated venue in a process of its own, which ends with this one. */
export interface Simulation extends Addresses, AsyncDisposable {}

interface Addresses {
  readonly restUrl: string
  readonly coinalyzeUrl: string
}

const addresses = z.object({ restUrl: z.string(), coinalyzeUrl: z.string() })

/** Starts `perpctl sim` beside this process: on another core, and gone when this process is gone, however it ends. */
export async function startSimulation(dataFolder: string | undefined): Promise<Simulation> {
  const [script = ''] = process.argv.slice(1)
  const args = [
    ...process.execArgv,
    script,
    'sim',
    '--json',
    '--parent',
    ...(dataFolder ? ['--data', dataFolder] : []),
  ]
  // Its own process group: the terminal's Ctrl-C is for the run, which still needs the venue to finish what is in hand.
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  const told = await readAddresses(child)
  child.unref()
  return {
    ...told,
    async [Symbol.asyncDispose]() {
      child.stdin?.end()
      child.kill('SIGTERM')
    },
  }
}

async function readAddresses(child: ChildProcess): Promise<Addresses> {
  const errors: string[] = []
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
  const failed = (reason: string): ConfigurationError =>
    new ConfigurationError(`the simulated venue did not start: ${errors.join('').trim() || reason}`, {
      hint: 'run `perpctl sim` to see it alone',
    })
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(failed('no answer in time'))
    }, START_TIMEOUT)
    child.once('error', (error) => reject(failed(error.message)))
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(failed(`exit code ${code}`))
    })
    if (!child.stdout) return
    createInterface(child.stdout).once('line', (line) => {
      clearTimeout(timer)
      const told = addresses.safeParse(JSON.parse(line))
      if (told.success) resolve(told.data)
      else reject(failed(line))
    })
  })
}
