import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import * as z from 'zod'
import { ConfigurationError } from '../../lib/errors.ts'
import { selfCommand } from '../../lib/executable.ts'
import { ownCommand } from '../../lib/text/own-command.ts'

const START_TIMEOUT = 20_000

/** A simulated venue in a process of its own, which ends with this one. */
export interface Simulation extends AsyncDisposable {
  /** Where what it simulates is: `VenueSetting.simulated` names them. */
  readonly addresses: Readonly<Record<string, string>>
}

/** Beside the addresses it tells other things. */
const announcement = z.looseObject({ restUrl: z.string() })

/** What `perpctl sim` is told, in the words of its flags; what is absent is as it is there. */
export interface SimulationOptions {
  /** Venue seconds per real second. */
  readonly rate?: number | undefined
  /** A date, or how long ago. */
  readonly start?: string | undefined
  readonly seed?: string | undefined
  readonly symbols?: number | undefined
  readonly faults?: readonly string[] | undefined
  readonly hasLimits?: boolean | undefined
}

/** Starts `perpctl sim` beside this process: on another core, and gone when this process is gone, however it ends. */
export async function startSimulation(
  dataFolder: string | undefined,
  options: SimulationOptions = {},
): Promise<Simulation> {
  const { file, args } = selfCommand()
  const command = [...args, 'sim', '--json', '--parent', ...listFlags(dataFolder, options)]
  // Its own process group: the terminal's Ctrl-C is for the run, which still needs the venue to finish what is in hand.
  const child = spawn(file, command, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  const addresses = await readAddresses(child)
  child.unref()
  return {
    addresses,
    async [Symbol.asyncDispose]() {
      child.stdin?.end()
      child.kill('SIGTERM')
    },
  }
}

function listFlags(dataFolder: string | undefined, options: SimulationOptions): string[] {
  const { rate, start, seed, symbols, faults = [], hasLimits = true } = options
  const values = { data: dataFolder, rate, start, seed, symbols }
  const given = Object.entries(values).filter(([, value]) => value !== undefined)
  return [
    ...given.map(([name, value]) => `--${name}=${value}`),
    ...faults.map((fault) => `--fault=${fault}`),
    ...(hasLimits ? [] : ['--no-limits']),
  ]
}

async function readAddresses(child: ChildProcess): Promise<Simulation['addresses']> {
  const errors: string[] = []
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
  const failed = (reason: string): ConfigurationError =>
    new ConfigurationError(`the simulated venue did not start: ${errors.join('').trim() || reason}`, {
      hint: `run ${ownCommand('sim')} to see it alone`,
    })
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(failed('no answer in time'))
    }, START_TIMEOUT)
    child.once('error', (error) => reject(failed(error.message)))
    // When all is read that it has said: the reason may come after a warning.
    child.once('close', (code) => {
      clearTimeout(timer)
      reject(failed(`exit code ${code}`))
    })
    if (!child.stdout) return
    createInterface(child.stdout).once('line', (line) => {
      const told = announcement.safeParse(JSON.parse(line))
      if (!told.success) return
      clearTimeout(timer)
      resolve(textsOf(told.data))
    })
  })
}

const textsOf = (told: Readonly<Record<string, unknown>>): Simulation['addresses'] =>
  Object.fromEntries(
    Object.entries(told).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  )
