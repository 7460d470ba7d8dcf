import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { BUILT, buildBinary, makeBareMachine } from '../helpers/binary.ts'
import { atMost, median, type Part, tell } from './figure.ts'

const CHECKOUT = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const ROUNDS = 21
const GOAL_VERSION_MS = 100
const GOAL_STATUS_MS = 250

/**
 * From the start of a process to its end, in turn, so that all meet the same machine: Node that does nothing, the
 * executable, and a checkout. `status` reads a server that runs already, with the candles of two symbols and two days.
 */
export async function measureStart(): Promise<Part> {
  buildBinary()
  using machine = makeBareMachine()
  const { code, stderr } = await machine.run([
    'backfill',
    'ohlcv',
    '--symbols',
    'BTCUSDT,ETHUSDT',
    '--since',
    '2d',
    '--sim',
  ])
  if (code !== 0) throw new Error(`the executable did not fill its database: ${stderr}`)
  const status = ['status', '--sim', '--json']
  const commands: Readonly<Record<string, readonly string[]>> = {
    'node -e 0': [process.execPath, '-e', '0'],
    'executable --version': [machine.file, '--version'],
    'executable --help': [machine.file, '--help'],
    'executable status --json': [machine.file, ...status],
    'checkout --version': [process.execPath, CHECKOUT, '--version'],
    'checkout --help': [process.execPath, CHECKOUT, '--help'],
    'checkout status --json': [process.execPath, CHECKOUT, ...status],
  }
  const times = measure(commands, machine.home)
  const of = (name: string): number => median(times[name] ?? [])
  const bare = of('node -e 0')
  const rest = Object.keys(commands).filter((name) => !(name in GOALS))
  return {
    figures: [
      ...Object.entries(GOALS).map(([name, goal]) => atMost(goal, `i. ${name}`, of(name), 'ms')),
      ...rest.map((name) => tell(`i. ${name}`, of(name), 'ms')),
      ...Object.keys(GOALS).map((name) => tell(`i. ${name} ÷ node -e 0`, of(name) / bare, '')),
      tell('i. size of the executable', statSync(BUILT).size / 1e6, 'MB'),
    ],
    details: { rounds: ROUNDS, milliseconds: times },
  }
}

const GOALS: Readonly<Record<string, number>> = {
  'executable --version': GOAL_VERSION_MS,
  'executable status --json': GOAL_STATUS_MS,
}

/** Milliseconds of each round but the first, by command. */
function measure(
  commands: Readonly<Record<string, readonly string[]>>,
  home: string,
): Record<string, number[]> {
  const times: Record<string, number[]> = {}
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, [file = '', ...args]] of Object.entries(commands)) {
      const startedAt = performance.now()
      const { status } = spawnSync(file, args, { env: { PERPCTL_HOME: home, HOME: home } })
      const ms = performance.now() - startedAt
      if (status !== 0) throw new Error(`${name} ended with ${status}`)
      if (round > 0) times[name] = [...(times[name] ?? []), Number(ms.toFixed(1))]
    }
  }
  return times
}
