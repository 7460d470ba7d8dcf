import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { connect } from '../../src/db/connect.ts'
import { ensureEmbedded } from '../../src/db/embedded/ensure.ts'
import { migrate } from '../../src/db/migrate.ts'
import { BUILT, buildBinary } from '../helpers/binary.ts'
import { makeTestHome } from '../helpers/embedded-home.ts'
import { atMost, median, type Part, tell } from './figure.ts'
import { fillYear } from './status-year.ts'

const CHECKOUT = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const ROUNDS = 15
const GOAL_MS = 250

/**
 * `status --json` of 700 symbols × 8 datasets × a year on a server that runs, in turn with Node that does nothing, so that
 * all meet the same machine: what it takes longer.
 */
export async function measureStatusJson(): Promise<Part> {
  buildBinary()
  await using test = await makeTestHome()
  const { url } = await ensureEmbedded(test.home)
  const sql = connect(url, { max: 1 })
  await migrate(sql)
  const empty = measure(test.home)
  await fillYear(sql)
  await sql.end({ timeout: 5 })
  const times = measure(test.home)
  const of = (name: string): number => median(times[name] ?? [])
  const bare = of('node -e 0')
  const emptyBare = median(empty['node -e 0'] ?? [])
  return {
    figures: [
      atMost(
        GOAL_MS,
        'l. executable status --json, a year of 700 symbols, over node -e 0',
        of('executable') - bare,
        'ms',
      ),
      atMost(
        GOAL_MS,
        'l. checkout status --json, a year of 700 symbols, over node -e 0',
        of('checkout') - bare,
        'ms',
      ),
      tell(
        'l. executable status --json, empty tables, over node -e 0',
        median(empty.executable ?? []) - emptyBare,
        'ms',
      ),
      tell(
        'l. checkout status --json, empty tables, over node -e 0',
        median(empty.checkout ?? []) - emptyBare,
        'ms',
      ),
      tell('l. node -e 0', bare, 'ms'),
    ],
    details: { rounds: ROUNDS, milliseconds: times, empty },
  }
}

/** Milliseconds of each round but the first, by command. */
function measure(home: string): Record<string, number[]> {
  const args = ['status', '--json', '--home', home]
  const commands: Readonly<Record<string, readonly string[]>> = {
    'node -e 0': [process.execPath, '-e', '0'],
    executable: [BUILT, ...args],
    checkout: [process.execPath, CHECKOUT, ...args],
  }
  const times: Record<string, number[]> = {}
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, [file = '', ...rest]] of Object.entries(commands)) {
      const startedAt = performance.now()
      const { status } = spawnSync(file, rest, { stdio: 'ignore', env: { HOME: home } })
      const ms = performance.now() - startedAt
      if (status !== 0) throw new Error(`${name} ended with ${status}`)
      if (round > 0) times[name] = [...(times[name] ?? []), Number(ms.toFixed(1))]
    }
  }
  return times
}
